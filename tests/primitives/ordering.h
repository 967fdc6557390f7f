// What the tests of the order that a primitive makes have in common.
#ifndef SELVAGE_TESTS_PRIMITIVES_ORDERING_H_
#define SELVAGE_TESTS_PRIMITIVES_ORDERING_H_

#include <functional>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/annotations.h"

// Who orders what is TSan's judgement.
#define SELVAGE_SKIP_WITHOUT_TSAN() \
  if (!::selvage::tsan::Present()) GTEST_SKIP() << "needs -fsanitize=thread"

namespace selvage {

// Whether TSan sees a race of `body` in any of some hundred schedules.
inline bool Races(const std::function<void()>& body) {
  Options options;
  options.schedules = 300;
  options.shrink = false;
  return Explore(body, options).Has(FindingKind::kDataRace);
}

}  // namespace selvage

#endif  // SELVAGE_TESTS_PRIMITIVES_ORDERING_H_
