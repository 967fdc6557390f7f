#include "selvage/harness/interpose/fronts.h"

namespace selvage::interpose {

void LinkFronts() {
#ifdef SELVAGE_SHARED_ABSL
  LinkAbslSynchronization();
#endif
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
