#include "selvage/tests/harness/runtime/unwind_bodies.h"

#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/harness/runtime/tracked.h"

namespace selvage {
namespace {

int shared_value = 0;
volatile bool never = false;

void LockTwice() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  Lock lock("lock");
  lock.lock();
  lock.lock();
}

}  // namespace

void DeadlockBesidePlainAccesses() {
  const Thread other([] {
    const Tracked tracked;
    for (int i = 0; i < 5; ++i) ++shared_value;
    Lock own("own");
    own.lock();
    own.unlock();
  });
  LockTwice();
}

void DeadlockBesideASpinningTask() {
  const Thread other([] {
    const Tracked tracked;
    while (!never) {
    }
  });
  LockTwice();
}

}  // namespace selvage
