// Lock: mutual exclusion, as Python's threading.Lock and C++'s std::timed_mutex.
#ifndef SELVAGE_PRIMITIVES_LOCK_H_
#define SELVAGE_PRIMITIVES_LOCK_H_

#include <string_view>

#include "selvage/harness/source_location.h"
#include "selvage/primitives/owned_lock.h"
#include "selvage/primitives/thread_annotations.h"

namespace selvage {

// Not recursive, owned by the thread that locked it. Meets Lockable and TimedLockable, so
// std::lock_guard, std::unique_lock and std::scoped_lock work on it; Guard (guard.h) adds clang's
// thread-safety analysis.
//
// Unlike a Python Lock it may not be released by another thread: for that, use Semaphore(1).
//
// Misuse: locking it twice in one thread, or unlocking it without holding it, is a finding that
// ends the schedule; outside schedules it throws std::system_error (resource_deadlock_would_occur,
// operation_not_permitted). Must not be destroyed while held.
class SELVAGE_CAPABILITY("mutex") Lock : public internal::OwnedLock {
 public:
  // Called `name` in traces and reports; an unnamed one is called after where it was made.
  explicit Lock(std::string_view name, SourceLocation made_at = SourceLocation::Current())
      : OwnedLock("Lock", internal::Recursion::kForbidden, name, made_at) {}
  explicit Lock(SourceLocation made_at = SourceLocation::Current()) : Lock({}, made_at) {}
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_LOCK_H_
