// Atomic operations of code that nobody changed: each is a scheduling point.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/atomic_bodies.h"

namespace selvage {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

class StdAtomic : public testing::Test {};

Options KeepGoing() {
  Options options;
  options.stop_at_first_failure = false;
  options.shrink = false;
  options.confirm_cycles = false;
  return options;
}

bool LosesAnUpdate(void (*body)()) {
  return Explore(body, KeepGoing()).Has(FindingKind::kFailedExpectation);
}

TEST_F(StdAtomic, SwitchBetweenTwoUpdates_IsFoundInEverySize) {
  EXPECT_TRUE(LosesAnUpdate(&AddByTwoUpdates<std::uint8_t>));
  EXPECT_TRUE(LosesAnUpdate(&AddByTwoUpdates<std::uint16_t>));
  EXPECT_TRUE(LosesAnUpdate(&AddByTwoUpdates<std::uint32_t>));
  EXPECT_TRUE(LosesAnUpdate(&AddByTwoUpdates<std::uint64_t>));
  EXPECT_TRUE(LosesAnUpdate(&AddSixteenBytesInTwoSteps));
}

TEST_F(StdAtomic, Update_IsOneOperation) {
  EXPECT_TRUE(Explore(&AddByOneUpdate<std::uint8_t>, KeepGoing()).ok());
  EXPECT_TRUE(Explore(&AddByOneUpdate<std::uint16_t>, KeepGoing()).ok());
  EXPECT_TRUE(Explore(&AddByOneUpdate<std::uint32_t>, KeepGoing()).ok());
  EXPECT_TRUE(Explore(&AddByOneUpdate<std::uint64_t>, KeepGoing()).ok());
  EXPECT_TRUE(Explore(&AddSixteenBytes, KeepGoing()).ok());
}

TEST_F(StdAtomic, SwitchBetweenUpdates_IsFoundExhaustively) {
  const Result result = Explore(&AddByTwoUpdates<std::uint32_t>, Exhaustively());
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
}

TEST_F(StdAtomic, TokenOfALostUpdate_Replays) {
  const Result found = Explore(&AddByTwoUpdates<std::uint32_t>, {});
  ASSERT_TRUE(found.Has(FindingKind::kFailedExpectation)) << found.Text();
  Options replay;
  replay.replay = FindingOf(found, FindingKind::kFailedExpectation).token;
  const Result again = Explore(&AddByTwoUpdates<std::uint32_t>, replay);
  EXPECT_EQ(again.error, "");
  EXPECT_TRUE(again.Has(FindingKind::kFailedExpectation)) << again.Text();
}

TEST_F(StdAtomic, LostUpdateUnderAFlagThatTwoTasksSeeClear_IsFound) {
  EXPECT_TRUE(LosesAnUpdate(&CountUnderFlagOfLoadAndStore));
}

TEST_F(StdAtomic, UpdatesOfALocalOfAnotherTask_AreSeen) {
  EXPECT_TRUE(LosesAnUpdate(&UpdateLocalOfOther));
}

TEST_F(StdAtomic, UpdatesThatNobodyElseSees_AreNoSchedulingPoints) {
  const Result result = Explore(&CountInOwnLocal, Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_LE(result.schedules, 2U);
}

TEST_F(StdAtomic, CopiesOfASharedPointer_AreNoRaceAndNoLoss) {
  const Result result = Explore(&CopySharedPointers, KeepGoing());
  EXPECT_TRUE(result.ok()) << result.Text();
}

// C(4, 2) ways for the updates; the second thread is started before, between or after those of the
// first one.
TEST_F(StdAtomic, Schedules_AreThoseOfTheOperations) {
  const Result result = Explore(&TwoUpdatesEach, Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(result.behaviours, 6U);
}

// --- Order ---

TEST_F(StdAtomic, ReleaseAndAcquire_OrderWhatIsPassedOn) {
  const Result result = Explore(&PublishByRelease, KeepGoing());
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST_F(StdAtomic, RelaxedFlag_OrdersNothing) {
  if (!tsan::Present()) GTEST_SKIP() << "ThreadSanitizer finds races";
  const Result result = Explore(&PublishByRelaxed, KeepGoing());
  ASSERT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
  EXPECT_THAT(result.Text(), HasSubstr("atomic_bodies.cc"));
}

TEST_F(StdAtomic, RaceWithAPlainAccess_HasBothPlaces) {
  if (!tsan::Present()) GTEST_SKIP() << "ThreadSanitizer finds races";
  const Result result = Explore(&AddToOneOfTwoMinds, {});
  EXPECT_THAT(FindingOf(result, FindingKind::kDataRace).summary,
              ContainsRegex("atomic_bodies.cc:[0-9]+.*atomic_bodies.cc:[0-9]+"))
      << result.Text();
}

// --- Spinning ---

class SpinLockOfAtomics : public StdAtomic,
                          public testing::WithParamInterface<std::tuple<void (*)(), const char*>> {
};

TEST_P(SpinLockOfAtomics, IsNoLivelock) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Options options = KeepGoing();
    options.schedules = 20;
    options.strategy = std::get<1>(GetParam());
    options.seed = seed;
    const Result result = Explore(std::get<0>(GetParam()), options);
    EXPECT_TRUE(result.ok()) << seed << "\n" << result.Text();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, SpinLockOfAtomics,
    testing::Combine(testing::Values(&CountUnderFlag, &CountUnderCompareExchange,
                                     &CountUnderTicketLock),
                     testing::Values("default", "random", "sticky", "pct", "pos", "surw", "urw",
                                     "exhaustive", "exhaustive:2")));

TEST_F(StdAtomic, FlagThatNobodyClears_IsALivelockAtOnce) {
  const Result result = Explore(&SpinOnFlagForEver, {});
  ASSERT_TRUE(result.Has(FindingKind::kLivelock)) << result.Text();
  EXPECT_LT(result.steps, 1'000U) << result.Text();
}

// --- A lock-free stack ---

TEST_F(StdAtomic, StackWhoseHeadComesBack_GivesANodeTwice) {
  Options options = KeepGoing();
  options.schedules = 20'000;
  options.stop_at_first_failure = true;
  const Result result = Explore(&PopFromStackWithReusedNodes, options);
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
}

TEST_F(StdAtomic, StackWithACountedHead_GivesEachNodeOnce) {
  Options options = KeepGoing();
  options.schedules = 20'000;
  const Result result = Explore(&PopFromCountedStack, options);
  EXPECT_TRUE(result.ok()) << result.Text();
}

}  // namespace
}  // namespace selvage
