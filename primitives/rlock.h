// RLock: a lock that its owner may take again, as Python's threading.RLock and C++'s
// std::recursive_timed_mutex.
#ifndef SELVAGE_PRIMITIVES_RLOCK_H_
#define SELVAGE_PRIMITIVES_RLOCK_H_

#include <string_view>

#include "selvage/harness/source_location.h"
#include "selvage/primitives/owned_lock.h"
#include "selvage/primitives/thread_annotations.h"

namespace selvage {

// Owned by the thread that locked it, which may lock it again, up to kMaxDepth times; it is free
// once unlocked as often. Meets Lockable and TimedLockable.
//
// Misuse: unlocking it without holding it, or locking it more than kMaxDepth times, is a finding
// that ends the schedule; outside schedules it throws std::system_error (operation_not_permitted,
// resource_unavailable_try_again). Must not be destroyed while held.
class SELVAGE_CAPABILITY("mutex") RLock : public internal::OwnedLock {
 public:
  // Called `name` in traces and reports; an unnamed one is called after where it was made.
  explicit RLock(std::string_view name, SourceLocation made_at = SourceLocation::Current())
      : OwnedLock("RLock", internal::Recursion::kAllowed, name, made_at) {}
  explicit RLock(SourceLocation made_at = SourceLocation::Current()) : RLock({}, made_at) {}
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_RLOCK_H_
