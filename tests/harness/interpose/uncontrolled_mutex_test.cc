// Tasks that take native mutexes which are not under control: held, a mutex keeps its task running,
// so that no other waits for it where the scheduler cannot see it.

#include <gtest/gtest.h>

#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/uncontrolled_mutex_bodies.h"

namespace selvage {
namespace {

Options Random() {
  Options options;
  options.schedules = 500;
  options.strategy = "random";
  options.control_native = false;
  return options;
}

TEST(UncontrolledMutex, HeldByATask_NoOtherWaitsForItNatively) {
  EXPECT_TRUE(Explore(&IncrementUnderLock, Random()).ok());
  EXPECT_EQ(runtime::native_mutexes_held, 0);
}

TEST(UncontrolledMutex, TakenByTryLock_IsNeverFoundTaken) {
  EXPECT_TRUE(Explore(&IncrementUnderTryLock, Random()).ok());
}

TEST(UncontrolledMutex, TakenByTryLockFor_IsNeverFoundTaken) {
  EXPECT_TRUE(Explore(&IncrementUnderTimedLock, Random()).ok());
}

TEST(UncontrolledMutex, BetweenTwoCriticalSections_TasksSwitch) {
  const Result result = Explore(&IncrementInTwoSections, Random());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kFailedExpectation, "counter == 2"))
      << result.Text();
}

}  // namespace
}  // namespace selvage
