// Tasks that take native mutexes: held, a mutex keeps its task running, so that no other waits for
// it where the scheduler cannot see it.

#include "selvage/harness/interpose/native_mutex.h"

#include <gtest/gtest.h>

#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/native_mutex_bodies.h"

namespace selvage {
namespace {

class NativeMutex : public testing::Test {
 protected:
  NativeMutex() { interpose::LinkNativeMutex(); }
};

Options Random() {
  Options options;
  options.schedules = 500;
  options.strategy = "random";
  return options;
}

TEST_F(NativeMutex, HeldByATask_NoOtherWaitsForItNatively) {
  EXPECT_TRUE(Explore(&IncrementUnderLock, Random()).ok());
  EXPECT_EQ(runtime::native_mutexes_held, 0);
}

TEST_F(NativeMutex, TakenByTryLock_IsNeverFoundTaken) {
  EXPECT_TRUE(Explore(&IncrementUnderTryLock, Random()).ok());
}

TEST_F(NativeMutex, TakenByTryLockFor_IsNeverFoundTaken) {
  EXPECT_TRUE(Explore(&IncrementUnderTimedLock, Random()).ok());
}

TEST_F(NativeMutex, BetweenTwoCriticalSections_TasksSwitch) {
  const Result result = Explore(&IncrementInTwoSections, Random());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kFailedExpectation, "counter == 2"))
      << result.Text();
}

}  // namespace
}  // namespace selvage
