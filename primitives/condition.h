// Condition: wait until another thread says that something has changed.
#ifndef SELVAGE_PRIMITIVES_CONDITION_H_
#define SELVAGE_PRIMITIVES_CONDITION_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/owned_lock.h"
#include "selvage/primitives/time.h"

namespace selvage {

// What std::condition_variable_any is, for Lock and RLock: each wait names the lock, directly or in
// a std::unique_lock. An RLock is given up whole, however often it is held, as Python's Condition
// does.
//
// Outside schedules waiters are woken first come first served. Inside, which waiter a notify_one
// wakes is a choice of the strategy, a wait may return without a notification now and then (as C++
// allows), and a timed wait may expire early.
//
// Misuse: waiting without holding the lock is a finding that ends the schedule; outside schedules
// it throws std::system_error (operation_not_permitted). Thread-safe. Must not be destroyed while
// anybody waits.
class Condition {
 public:
  explicit Condition(std::string_view name, SourceLocation made_at = SourceLocation::Current());
  explicit Condition(SourceLocation made_at = SourceLocation::Current());
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // Gives `lock` up, waits for a notification, and takes it back. REQUIRES: the caller holds
  // `lock`.
  void wait(internal::OwnedLock& lock);
  template <typename OwnedLock>
  void wait(std::unique_lock<OwnedLock>& lock) {
    wait(*lock.mutex());
  }
  // Waits until `predicate()`, which is only called with the lock held.
  template <typename AnyLock, typename Predicate>
  void wait(AnyLock& lock, Predicate predicate) {
    if (predicate()) {
      SkipWait(Owned(lock), Deadline::kNone);
      return;
    }
    do {
      wait(lock);
    } while (!predicate());
    EndWait();
  }

  // As wait(), for at most `timeout`.
  template <typename Rep, typename Period>
  std::cv_status wait_for(internal::OwnedLock& lock,
                          const std::chrono::duration<Rep, Period>& timeout) {
    return WaitFor(lock, Timeout(timeout));
  }
  template <typename OwnedLock, typename Rep, typename Period>
  std::cv_status wait_for(std::unique_lock<OwnedLock>& lock,
                          const std::chrono::duration<Rep, Period>& timeout) {
    return wait_for(*lock.mutex(), timeout);
  }
  // What `predicate()` says at the end.
  template <typename AnyLock, typename Rep, typename Period, typename Predicate>
  bool wait_for(AnyLock& lock, const std::chrono::duration<Rep, Period>& timeout,
                Predicate predicate) {
    const auto now = Clock::now();
    const std::chrono::nanoseconds length = Timeout(timeout);
    const auto deadline =
        length < Clock::time_point::max() - now ? now + length : Clock::time_point::max();
    return wait_until(lock, deadline, predicate);
  }
  template <typename AnyLock, typename AnyClock, typename Duration>
  std::cv_status wait_until(AnyLock& lock,
                            const std::chrono::time_point<AnyClock, Duration>& deadline) {
    return wait_for(lock, TimeUntil(deadline));
  }
  template <typename AnyLock, typename AnyClock, typename Duration, typename Predicate>
  bool wait_until(AnyLock& lock, const std::chrono::time_point<AnyClock, Duration>& deadline,
                  Predicate predicate) {
    if (predicate()) {
      SkipWait(Owned(lock), Deadline::kSome);
      return true;
    }
    do {
      if (wait_until(lock, deadline) == std::cv_status::timeout) return predicate();
    } while (!predicate());
    EndWait();
    return true;
  }

  // Wakes one waiter, or all; nobody if nobody waits. The caller need not hold the lock.
  void notify_one();
  void notify_all();

 private:
  struct Waiter;
  enum class Deadline : std::uint8_t { kNone, kSome };

  static internal::OwnedLock& Owned(internal::OwnedLock& lock) { return lock; }
  template <typename OwnedLock>
  static internal::OwnedLock& Owned(std::unique_lock<OwnedLock>& lock) {
    return *lock.mutex();
  }
  // A wait that was not necessary: another run may find it so.
  void SkipWait(internal::OwnedLock& lock, Deadline deadline);
  // The predicate has come true, whatever the last wait was ended by.
  void EndWait();

  std::cv_status WaitFor(internal::OwnedLock& lock, std::chrono::nanoseconds timeout);
  std::cv_status WaitNative(internal::OwnedLock& lock,
                            std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site);
  std::cv_status WaitInModel(runtime::Task& task, internal::OwnedLock& lock,
                             std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site);
  void NotifyNative(std::size_t most, std::uintptr_t site);
  void NotifyInModel(runtime::Task& task, std::size_t most, std::uintptr_t site);
  runtime::ObjectId Enter(runtime::Scheduler& scheduler);
  void Append(Waiter& waiter);
  void Remove(Waiter& waiter);

  runtime::Object object_;
  lockgraph::LockIdentity identity_;
  runtime::SpinLock waiters_lock_;  // native use only
  Waiter* first_ = nullptr;         // in order of arrival; natively guarded by waiters_lock_
  Waiter* last_ = nullptr;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_CONDITION_H_
