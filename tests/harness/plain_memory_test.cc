// Code that nobody annotated: loads and stores of plain memory as scheduling points.

#include <gtest/gtest.h>

#include <string>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/explore_bodies.h"

namespace selvage {
namespace {

#if defined(__clang__)

bool FailsInSomeSchedule(void (*body)(), const Options& options) {
  const Result result = Explore(body, options);
  return result.Has(FindingKind::kFailedExpectation);
}

Options KeepGoing(Options options = {}) {
  options.stop_at_first_failure = false;
  options.shrink = false;
  return options;
}

TEST(PlainMemory, LostUpdateOfAGlobal_IsFound) {
  EXPECT_TRUE(FailsInSomeSchedule(IncrementPlainGlobal, KeepGoing()));
}

TEST(PlainMemory, WithoutMemoryPoints_TasksSwitchAtPrimitivesOnly) {
  Options options;
  options.memory_points = false;
  EXPECT_FALSE(FailsInSomeSchedule(IncrementPlainGlobal, KeepGoing(options)));
}

TEST(PlainMemory, LostUpdateOnTheHeap_IsFound) {
  EXPECT_TRUE(FailsInSomeSchedule(IncrementPlainHeap, KeepGoing()));
}

TEST(PlainMemory, LostUpdateOfALocalVariable_IsFound) {
  EXPECT_TRUE(FailsInSomeSchedule(IncrementPlainLocal, KeepGoing()));
}

TEST(PlainMemory, SwitchBetweenAccessesToAnOwnLocalVariableThatIsShared_IsFound) {
  EXPECT_TRUE(FailsInSomeSchedule(ReadBackOwnLocal, KeepGoing()));
}

// What is learnt of a schedule counts from the next one on, not for its own repetition.
TEST(PlainMemory, LocalVariableThatTurnsOutToBeShared_IsNoNondeterminism) {
  EXPECT_EQ(Explore(IncrementPlainLocal, KeepGoing()).nondeterminism, "");
  EXPECT_EQ(Explore(ReadBackOwnLocal, KeepGoing()).nondeterminism, "");
}

// "All schedules there are" must include those.
TEST(PlainMemory, SwitchBetweenAccessesToAnOwnLocalVariableThatIsShared_IsFoundExhaustively) {
  EXPECT_TRUE(FailsInSomeSchedule(ReadBackOwnLocal, KeepGoing(Exhaustively())));
}

TEST(PlainMemory, TokenFoundThroughALocalVariable_Replays) {
  const Result found = Explore(ReadBackOwnLocal, KeepGoing());
  ASSERT_TRUE(found.Has(FindingKind::kFailedExpectation)) << found.Text();
  Options options;
  options.replay = FindingOf(found, FindingKind::kFailedExpectation).token;
  const Result replayed = Explore(ReadBackOwnLocal, options);
  EXPECT_EQ(replayed.error, "");
  EXPECT_TRUE(replayed.Has(FindingKind::kFailedExpectation)) << replayed.Text();
}

#endif  // defined(__clang__)

}  // namespace
}  // namespace selvage
