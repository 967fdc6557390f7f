#include "selvage/tests/harness/lockgraph/made_locks.h"

namespace selvage::tests {

void MakeSecondPart(MadeLocks& locks) {
  locks.b = std::make_unique<Lock>();
  locks.r = std::make_unique<RLock>();
  locks.y = std::make_unique<SharedLock>();
  locks.two_permits = std::make_unique<Semaphore>(2);
}

}  // namespace selvage::tests
