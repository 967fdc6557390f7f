#include "selvage/harness/interpose/fronts.h"

namespace selvage::interpose {

void LinkFronts() {
  LinkMutex();
  LinkCondition();
  LinkFutex();
  LinkOnce();
  LinkReadWriteLock();
  LinkSemaphore();
  LinkSpinLockAndBarrier();
  LinkThread();
  LinkThreadEnd();
  LinkTime();
}

}  // namespace selvage::interpose
