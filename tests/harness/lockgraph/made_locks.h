// The same locks with names, without them and made in one file, and without them and made in three.
#ifndef SELVAGE_TESTS_HARNESS_LOCKGRAPH_MADE_LOCKS_H_
#define SELVAGE_TESTS_HARNESS_LOCKGRAPH_MADE_LOCKS_H_

#include <cstddef>
#include <memory>

#include "selvage/primitives/condition.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared_lock.h"

namespace selvage::tests {

enum class Making { kNamed, kUnnamedInOneFile, kUnnamedInThreeFiles };

// What a scenario plays with; each is made at a place of its own.
struct MadeLocks {
  std::unique_ptr<Lock> a, b, c, g;
  std::unique_ptr<RLock> r;
  std::unique_ptr<SharedLock> x, y;
  std::unique_ptr<Condition> changed;
  std::unique_ptr<Semaphore> one_permit, two_permits, three_permits, signal;
};

MadeLocks MakeLocks(Making making);

// Of Making::kUnnamedInThreeFiles, each from a file of its own.
void MakeFirstPart(MadeLocks& locks);
void MakeSecondPart(MadeLocks& locks);
void MakeThirdPart(MadeLocks& locks);

}  // namespace selvage::tests

#endif  // SELVAGE_TESTS_HARNESS_LOCKGRAPH_MADE_LOCKS_H_
