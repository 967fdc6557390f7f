#include "selvage/tests/harness/lockgraph/made_locks.h"

namespace selvage::tests {

void MakeThirdPart(MadeLocks& locks) {
  locks.c = std::make_unique<Lock>();
  locks.changed = std::make_unique<Condition>();
  locks.three_permits = std::make_unique<Semaphore>(3);
  locks.signal = std::make_unique<Semaphore>(0);
}

}  // namespace selvage::tests
