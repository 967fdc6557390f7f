// Code that nobody annotated: loads and stores of plain memory as scheduling points.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/explore_bodies.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage {
namespace {

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

TEST(PlainMemory, TraceWithALocalVariable_NamesIt) {
  if (&__asan_init != nullptr) GTEST_SKIP() << "AddressSanitizer moves variables elsewhere";
  const Result result = Explore(IncrementPlainLocal);
  ASSERT_FALSE(result.findings.empty());
  EXPECT_THAT(result.findings[0].trace, testing::ContainsRegex("  (load|store) counter "));
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

// Schedules of a first walk: the body's one operation among the child's ten, C(11, 1); all but
// three have it after the child's third, and fail. Of the second walk, which knows the local to be
// shared: nine among ten, C(19, 9); those fail that begin with the child's first three, C(16, 9).
constexpr std::uint64_t kFirstWalk = 11;
constexpr std::uint64_t kSecondWalk = 92'378;

Result WalkSharedLocal(std::uint64_t schedules) {
  Options options = KeepGoing(Exhaustively());
  options.schedules = schedules;
  return Explore(ReadOwnLocalThatAChildWrites, options);
}

TEST(Exhaustive, FaultOfTheFirstWalk_SurvivesTheSecond) {
  for (const std::uint64_t schedules : {8, 10, 11, 12, 50, 500, 5'000}) {
    const Result result = WalkSharedLocal(schedules);
    const Finding fault = FindingOf(result, FindingKind::kFailedExpectation);
    // The walk begins with the body first, then goes backwards from the child first.
    EXPECT_GE(fault.schedules, schedules < 10 ? 7U : 8U) << schedules << "\n" << result.Text();
    EXPECT_EQ(fault.first_schedule, 2U) << schedules;
    EXPECT_EQ(result.schedules, schedules);
    Options replay;
    replay.replay = fault.token;
    EXPECT_TRUE(Explore(ReadOwnLocalThatAChildWrites, replay).Has(FindingKind::kFailedExpectation))
        << schedules;
  }
}

TEST(Exhaustive, WalkThatTaughtSomething_IsNoProof) {
  for (const std::uint64_t schedules : {kFirstWalk, kFirstWalk + 1, std::uint64_t{500}}) {
    const Result result = WalkSharedLocal(schedules);
    EXPECT_FALSE(result.exhausted) << schedules;
    EXPECT_EQ(result.walked, 0U) << schedules;
    EXPECT_THAT(result.coverage, testing::Not(testing::HasSubstr("all "))) << schedules;
  }
}

TEST(Exhaustive, WalkThatTaughtNothingNew_IsAProof) {
  if (tsan::Present()) GTEST_SKIP() << "a race in each of 92,378 schedules takes a minute";
  const Result result = WalkSharedLocal(100'000);
  EXPECT_TRUE(result.exhausted) << result.Text();
  EXPECT_EQ(result.walked, kSecondWalk);
  EXPECT_EQ(result.schedules, kFirstWalk + kSecondWalk);
  EXPECT_EQ(result.failing, (kFirstWalk - 3) + 11'440);
  EXPECT_FALSE(WalkSharedLocal(kFirstWalk + kSecondWalk - 1).exhausted);
}

TEST(Dpor, InstrumentedBody_IsProvenByFewerSchedules) {
  if (tsan::Present()) GTEST_SKIP() << "a race in each of thousands of schedules";
  Options options = KeepGoing(Exhaustively());
  options.strategy = "dpor";
  const Result result = Explore(ReadOwnLocalThatAChildWrites, options);
  EXPECT_TRUE(result.exhausted) << result.Text();
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation));
  EXPECT_LT(result.schedules, kSecondWalk / 2);
}

// It may share what has no scheduling points.
TEST(Dpor, BodyThatIsNotInstrumented_IsWalkedWithoutReduction) {
  const auto body = [] {
    Lock locks[2];
    Thread other([&] {
      locks[1].lock();
      locks[1].unlock();
    });
    locks[0].lock();
    locks[0].unlock();
  };
  Options options = Exhaustively();
  const Result all = Explore(body, options);
  options.strategy = "dpor";
  const Result result = Explore(body, options);
  EXPECT_TRUE(result.exhausted) << result.Text();
  EXPECT_EQ(result.walked, all.walked);
  EXPECT_EQ(result.schedules, all.schedules);
}

TEST(Exhaustive, FaultOfTheFirstWalkInAChildProcess_SurvivesTheSecond) {
  Options options = KeepGoing(Exhaustively());
  options.isolate = true;
  options.schedules = 500;
  const Result result = Explore(ReadOwnLocalThatAChildWrites, options);
  EXPECT_GE(FindingOf(result, FindingKind::kFailedExpectation).schedules, 8U) << result.Text();
  EXPECT_EQ(result.schedules, 500U);
  EXPECT_FALSE(result.exhausted);
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

}  // namespace
}  // namespace selvage
