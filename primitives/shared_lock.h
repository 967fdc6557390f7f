// SharedLock: many readers or one writer; C++'s std::shared_timed_mutex.
#ifndef SELVAGE_PRIMITIVES_SHARED_LOCK_H_
#define SELVAGE_PRIMITIVES_SHARED_LOCK_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"
#include "selvage/primitives/thread_annotations.h"
#include "selvage/primitives/time.h"

namespace selvage {

// Who goes first when readers and writers wait for each other. C++ leaves it open, and each
// platform answers differently.
enum class SharedLockPolicy : std::uint8_t {
  kReadersFirst,  // a reader enters whenever no writer is in: writers may starve
  kWritersFirst,  // a waiting writer keeps new readers out, also those who read already
  kFair,          // in the order in which they began to wait
};

// Meets SharedTimedLockable, so std::shared_lock, std::unique_lock and std::lock_guard work on it;
// Guard and SharedGuard add clang's thread-safety analysis. Owned by the threads that locked it.
//
// A thread may read twice at the same time, as some platforms let it; under kWritersFirst and kFair
// it then deadlocks with a writer that came to wait in between, which is found.
//
// What was done before an unlock() is ordered before what follows the next lock() or lock_shared();
// before an unlock_shared(), only before the next lock(): readers do not order each other.
//
// Misuse: locking it while holding it exclusively, or exclusively while holding it shared (an
// upgrade), is a deadlock found in a schedule; unlocking it in a mode in which the thread does not
// hold it is a finding that ends the schedule. Outside schedules they throw std::system_error
// (resource_deadlock_would_occur, operation_not_permitted). Must not be destroyed while held.
class SELVAGE_CAPABILITY("shared_mutex") SharedLock final : private internal::Monitor {
 public:
  // Called `name` in traces and reports; an unnamed one is called after where it was made.
  explicit SharedLock(std::string_view name,
                      SharedLockPolicy policy = SharedLockPolicy::kWritersFirst,
                      SourceLocation made_at = SourceLocation::Current());
  explicit SharedLock(SharedLockPolicy policy = SharedLockPolicy::kWritersFirst,
                      SourceLocation made_at = SourceLocation::Current());
  ~SharedLock();

  void lock() SELVAGE_ACQUIRE();
  bool try_lock() SELVAGE_TRY_ACQUIRE(true);
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
  void unlock() SELVAGE_RELEASE();

  void lock_shared() SELVAGE_ACQUIRE_SHARED();
  bool try_lock_shared() SELVAGE_TRY_ACQUIRE_SHARED(true);
  // As try_lock_for() and try_lock_until().
  template <typename Rep, typename Period>
  bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& timeout)
      SELVAGE_TRY_ACQUIRE_SHARED(true) {
    return TryLockSharedFor(Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  bool try_lock_shared_until(const std::chrono::time_point<AnyClock, Duration>& deadline)
      SELVAGE_TRY_ACQUIRE_SHARED(true) {
    return TryLockSharedFor(TimeUntil(deadline));
  }
  void unlock_shared() SELVAGE_RELEASE_SHARED();

  SharedLockPolicy policy() const { return policy_; }

 private:
  using Mode = lockgraph::Mode;
  struct Waiter;
  class Grant;
  // A thread or task, never 0.
  using Holder = std::uint32_t;
  struct Holds {
    Holder writer = 0;
    runtime::AppendBuffer<Holder> readers;  // one entry for each time it is held
    Waiter* first = nullptr;  // in order of arrival; only those whose wait matters to others
    Waiter* last = nullptr;
  };

  void ResetModel() override;
  bool TryLockFor(std::chrono::nanoseconds timeout) SELVAGE_TRY_ACQUIRE(true);
  bool TryLockSharedFor(std::chrono::nanoseconds timeout) SELVAGE_TRY_ACQUIRE_SHARED(true);

  bool Acquire(Mode mode, Turn::Timeout timeout, std::uintptr_t site);
  bool AcquireInLine(Mode mode, Turn::Timeout timeout, std::uintptr_t site);
  bool TryAcquire(Mode mode, std::uintptr_t site);
  // Whether `mode` can be granted now; `place` in the line, null for one that stands behind it.
  bool Grantable(const Holds& holds, Mode mode, const Waiter* place) const;
  bool WaitsInLine(Mode mode) const;
  void RefuseSelfDeadlock(Mode mode, std::uintptr_t site);
  void Take(Turn& turn, Mode mode);

  // Tells which tasks keep `mode` from being granted.
  void VisitBlockers(Mode mode, const Waiter* place, runtime::BlockerVisitor& visitor) const;

  static Holder Self();
  static bool Reads(const Holds& holds, Holder who);
  Holds& State();

  lockgraph::LockIdentity identity_;
  const SharedLockPolicy policy_;
  Holds native_;
  Holds model_;
  char readers_left_ = 0;  // its address orders readers before the next writer
};

// Holds a SharedLock shared for as long as it lives: std::shared_lock, known to clang's
// thread-safety analysis.
class SELVAGE_SCOPED_CAPABILITY SharedGuard {
 public:
  SELVAGE_ALWAYS_INLINE explicit SharedGuard(SharedLock& lock) SELVAGE_ACQUIRE_SHARED(lock)
      : lock_(lock) {
    lock_.lock_shared();
  }
  SELVAGE_ALWAYS_INLINE ~SharedGuard() SELVAGE_RELEASE() { lock_.unlock_shared(); }
  SharedGuard(const SharedGuard&) = delete;
  SharedGuard& operator=(const SharedGuard&) = delete;

 private:
  SharedLock& lock_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_SHARED_LOCK_H_
