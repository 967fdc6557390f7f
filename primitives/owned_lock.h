// What Lock and RLock have in common: a lock with an owner, native outside schedules and a model
// inside.
#ifndef SELVAGE_PRIMITIVES_OWNED_LOCK_H_
#define SELVAGE_PRIMITIVES_OWNED_LOCK_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/thread_annotations.h"
#include "selvage/primitives/time.h"

namespace selvage {

class Condition;

namespace internal {

enum class Recursion : std::uint8_t { kForbidden, kAllowed };

// Meets Lockable and TimedLockable. Its state is touched out of line only, in code that TSan does
// not instrument. Thread-safe, as locks are.
class SELVAGE_CAPABILITY("mutex") OwnedLock {
 public:
  // How often an owner may hold a recursive lock.
  static constexpr std::uint32_t kMaxDepth = 65'535;

  OwnedLock(const OwnedLock&) = delete;
  OwnedLock& operator=(const OwnedLock&) = delete;

  void lock() SELVAGE_ACQUIRE();
  bool try_lock() SELVAGE_TRY_ACQUIRE(true);
  void unlock() SELVAGE_RELEASE();

  // False if it could not be acquired in time. Inside a schedule the time is virtual, and the wait
  // may also expire early.
  template <typename Rep, typename Period>
  bool try_lock_for(const std::chrono::duration<Rep, Period>& timeout) SELVAGE_TRY_ACQUIRE(true) {
    return TryLockFor(Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  bool try_lock_until(const std::chrono::time_point<AnyClock, Duration>& deadline)
      SELVAGE_TRY_ACQUIRE(true) {
    return TryLockFor(TimeUntil(deadline));
  }

  // Whether anybody holds it now; the answer may be stale when it arrives.
  bool locked() const;

 protected:
  OwnedLock(const char* type, Recursion recursion, std::string_view name, SourceLocation made_at,
            lockgraph::ObjectKind kind = lockgraph::ObjectKind::kLock);
  ~OwnedLock();

  // lock() and unlock() for what is built on this: called at `site` by the user.
  void LockAt(std::uintptr_t site);
  void UnlockAt(std::uintptr_t site);
  const lockgraph::LockIdentity& identity() const { return identity_; }

 private:
  friend class selvage::Condition;

  bool TryLockFor(std::chrono::nanoseconds timeout) SELVAGE_TRY_ACQUIRE(true);

  // Native: ordinary threads, a futex word.
  bool TakeIfFree(std::uint32_t& owner);
  bool LockNative(const std::chrono::steady_clock::time_point* deadline, std::uintptr_t site);
  bool SleepUntilOwned(const std::chrono::steady_clock::time_point* deadline, std::uintptr_t site);
  void DeepenOrThrow();
  void UnlockNative(std::uintptr_t site);
  bool OwnedNatively() const;
  // For Condition: gives it up however often it is held, and takes it back as often. Not recorded:
  // Condition does that.
  std::uint32_t GiveUpNative();
  void TakeBackNative(std::uint32_t depth, std::uintptr_t site);

  // Model: tasks of a schedule. Those without a site are no scheduling points; GiveUp and TakeBack
  // are not recorded.
  runtime::ObjectId Enter(runtime::Scheduler& scheduler);
  bool LockInModel(runtime::Task& task, const std::chrono::nanoseconds* timeout,
                   std::uintptr_t site);
  bool TryLockInModel(runtime::Task& task, std::uintptr_t site);
  void UnlockInModel(runtime::Task& task, std::uintptr_t site);
  void Deepen(runtime::Task& task, std::uintptr_t site);
  void TakeBack(runtime::Task& task, runtime::ObjectId id, std::uint32_t depth);
  std::uint32_t GiveUp(runtime::Task& task, runtime::ObjectId id);

  runtime::Object object_;
  lockgraph::LockIdentity identity_;
  const Recursion recursion_;
  // Native: 0 when free, else the owner's thread number, with kContended set when others may sleep.
  std::atomic<std::uint32_t> word_{0};
  std::uint32_t depth_ = 0;         // guarded by the lock itself
  runtime::Task* owner_ = nullptr;  // in the model
};

}  // namespace internal
}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_OWNED_LOCK_H_
