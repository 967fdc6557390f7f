#include "selvage/tests/harness/lockgraph/made_locks.h"

namespace selvage::tests {
namespace {

MadeLocks Named() {
  MadeLocks locks;
  locks.a = std::make_unique<Lock>("A");
  locks.b = std::make_unique<Lock>("B");
  locks.c = std::make_unique<Lock>("C");
  locks.g = std::make_unique<Lock>("G");
  locks.r = std::make_unique<RLock>("R");
  locks.x = std::make_unique<SharedLock>("X");
  locks.y = std::make_unique<SharedLock>("Y");
  locks.changed = std::make_unique<Condition>("changed");
  locks.one_permit = std::make_unique<Semaphore>(1, "one permit");
  locks.two_permits = std::make_unique<Semaphore>(2, "two permits");
  locks.three_permits = std::make_unique<Semaphore>(3, "three permits");
  locks.signal = std::make_unique<Semaphore>(0, "signal");
  return locks;
}

MadeLocks Unnamed() {
  MadeLocks locks;
  locks.a = std::make_unique<Lock>();
  locks.b = std::make_unique<Lock>();
  locks.c = std::make_unique<Lock>();
  locks.g = std::make_unique<Lock>();
  locks.r = std::make_unique<RLock>();
  locks.x = std::make_unique<SharedLock>();
  locks.y = std::make_unique<SharedLock>();
  locks.changed = std::make_unique<Condition>();
  locks.one_permit = std::make_unique<Semaphore>(1);
  locks.two_permits = std::make_unique<Semaphore>(2);
  locks.three_permits = std::make_unique<Semaphore>(3);
  locks.signal = std::make_unique<Semaphore>(0);
  return locks;
}

}  // namespace

MadeLocks MakeLocks(Making making) {
  switch (making) {
    case Making::kNamed:
      return Named();
    case Making::kUnnamedInOneFile:
      return Unnamed();
    case Making::kUnnamedInThreeFiles:
      break;
  }
  MadeLocks locks;
  MakeFirstPart(locks);
  MakeSecondPart(locks);
  MakeThirdPart(locks);
  return locks;
}

void MakeFirstPart(MadeLocks& locks) {
  locks.a = std::make_unique<Lock>();
  locks.g = std::make_unique<Lock>();
  locks.x = std::make_unique<SharedLock>();
  locks.one_permit = std::make_unique<Semaphore>(1);
}

}  // namespace selvage::tests
