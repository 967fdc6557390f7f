// Semaphore: a number of permits; Python's threading.Semaphore and C++'s std::counting_semaphore.
#ifndef SELVAGE_PRIMITIVES_SEMAPHORE_H_
#define SELVAGE_PRIMITIVES_SEMAPHORE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/time.h"

namespace selvage {

// Permits belong to nobody: any thread may release what another has acquired, and a Semaphore(1) is
// a lock in Python's sense. Also Lockable, so that Guard and std::unique_lock hold one permit.
//
// What was done before a release() is ordered before what follows the acquire() that it lets
// through.
//
// Misuse: negative permits, or more than kMaxPermits, are a finding that ends the schedule; outside
// schedules they throw std::system_error (invalid_argument, value_too_large). Thread-safe.
class Semaphore {
 public:
  static constexpr std::ptrdiff_t kMaxPermits = 0x7fff'ffff;

  // `permits`: how many can be acquired before the first release.
  explicit Semaphore(std::ptrdiff_t permits, std::string_view name = {},
                     SourceLocation made_at = SourceLocation::Current());
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  // Takes a permit, waiting for one.
  void acquire();
  // Takes a permit if there is one.
  bool try_acquire();
  // False if there was none in time. Inside a schedule the time is virtual, and the wait may also
  // expire early.
  template <typename Rep, typename Period>
  bool try_acquire_for(const std::chrono::duration<Rep, Period>& timeout) {
    return TryAcquireFor(Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  bool try_acquire_until(const std::chrono::time_point<AnyClock, Duration>& deadline) {
    return TryAcquireFor(TimeUntil(deadline));
  }
  // Gives `permits` back, at least 0.
  void release(std::ptrdiff_t permits = 1);

  void lock() { acquire(); }
  bool try_lock() { return try_acquire(); }
  void unlock() { release(); }

 private:
  bool TryAcquireFor(std::chrono::nanoseconds timeout);
  bool AcquireNative(const std::chrono::steady_clock::time_point* deadline, std::uintptr_t site);
  bool Acquire(const std::chrono::nanoseconds* timeout, std::uintptr_t site);
  void NoteAcquired(std::uintptr_t site);
  bool TryAcquireNative();
  bool AcquireInModel(runtime::Task& task, std::optional<std::chrono::nanoseconds> timeout,
                      std::uintptr_t site);
  void TakeInModel(runtime::Scheduler& scheduler, runtime::ObjectId id);
  void CheckPermits(std::ptrdiff_t permits, std::ptrdiff_t present, std::uintptr_t site);
  runtime::ObjectId Enter(runtime::Scheduler& scheduler);

  runtime::Object object_;
  lockgraph::LockIdentity identity_;
  std::atomic<std::uint32_t> permits_;      // native
  std::atomic<std::uint32_t> sleepers_{0};  // native
  std::int64_t model_permits_ = 0;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_SEMAPHORE_H_
