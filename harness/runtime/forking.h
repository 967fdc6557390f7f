// The harness's process-wide state while the program forks.
//
// A child has one thread: a lock that another thread of the parent held at that moment would stay
// held in it for ever, and what it guards half changed.
#ifndef SELVAGE_HARNESS_RUNTIME_FORKING_H_
#define SELVAGE_HARNESS_RUNTIME_FORKING_H_

#include "selvage/harness/runtime/spin_lock.h"

namespace selvage::runtime {

// From now on fork() waits until `lock` is free, and parent and child go on with it free. For locks
// that live as long as the process, each once, while static objects are initialised. While it is
// held no other lock that was given to this function is taken.
void HoldWhileForking(SpinLock& lock);

// From now on fork() calls `before` first, while all those locks are free, and at the end
// `in_parent` or `in_child`. Once for each process, while no other thread runs.
void SetForkHandlers(void (*before)(), void (*in_parent)(), void (*in_child)());

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_FORKING_H_
