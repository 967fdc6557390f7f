// BoundedSemaphore: a semaphore that is never given back more than was taken; Python's
// threading.BoundedSemaphore.
#ifndef SELVAGE_PRIMITIVES_BOUNDED_SEMAPHORE_H_
#define SELVAGE_PRIMITIVES_BOUNDED_SEMAPHORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"
#include "selvage/primitives/time.h"

namespace selvage {

// Permits belong to nobody: any thread may release what another has acquired. Also Lockable, so
// that Guard and std::unique_lock hold one permit. For a resource whose number is fixed, a release
// too many is a bug, and Semaphore would let it raise the limit in silence.
//
// What was done before a release() is ordered before what follows the acquire() that it lets
// through.
//
// Misuse: a release() above the initial number of permits, or a negative number of permits, is a
// finding that ends the schedule; outside schedules it throws std::logic_error (Python's
// ValueError) and changes nothing. Thread-safe.
class BoundedSemaphore final : private internal::Monitor {
 public:
  // `permits`: how many can be acquired at once; at least 0.
  explicit BoundedSemaphore(std::ptrdiff_t permits, std::string_view name = {},
                            SourceLocation made_at = SourceLocation::Current());
  ~BoundedSemaphore();

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
  // Gives `permits` back, at least 0 and at most as many as are taken.
  void release(std::ptrdiff_t permits = 1);

  void lock() { acquire(); }
  bool try_lock() { return try_acquire(); }
  void unlock() { release(); }

 private:
  void ResetModel() override;
  bool TryAcquireFor(std::chrono::nanoseconds timeout);
  bool Acquire(std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site);
  std::ptrdiff_t& State();

  lockgraph::LockIdentity identity_;
  const std::ptrdiff_t limit_;
  std::ptrdiff_t native_;
  std::ptrdiff_t model_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_BOUNDED_SEMAPHORE_H_
