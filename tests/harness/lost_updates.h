// Bodies under test that lose updates of annotated variables.
#ifndef SELVAGE_TESTS_HARNESS_LOST_UPDATES_H_
#define SELVAGE_TESTS_HARNESS_LOST_UPDATES_H_

#include "selvage/harness/explore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage {

// Fails in some schedules.
inline void LoseAnUpdate() {
  Shared<int> counter(0, "counter");
  {
    const Thread other("other", [&] { ++counter; });
    ++counter;
  }
  SELVAGE_EXPECT(counter == 2);
}

// Fails in few.
inline void LoseTwoUpdatesOfFour() {
  Shared<int> counter(0, "counter");
  {
    const auto work = [&] {
      ++counter;
      ++counter;
    };
    const Thread first(work);
    const Thread second(work);
  }
  SELVAGE_EXPECT(counter > 2);
}

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_LOST_UPDATES_H_
