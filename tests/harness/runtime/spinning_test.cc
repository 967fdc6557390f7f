// Loops that wait: what is correct is never a livelock, and what is one is found at once.

#include <gtest/gtest.h>

#include <string>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/runtime/spinning_bodies.h"

namespace selvage {
namespace {

constexpr const char* kStrategies[] = {"default", "random", "sticky", "pct",        "pct:3",
                                       "pos",     "urw",    "surw",   "exhaustive", "exhaustive:1"};
constexpr std::uint64_t kSeeds = 20;
// A livelock is found in fewer operations; a schedule gets no more than twenty times as many.
constexpr std::uint64_t kAtOnce = 1'000;

Options Schedules(std::uint64_t schedules) {
  Options options;
  options.schedules = schedules;
  options.lock_order = false;
  return options;
}

struct Cell {
  const spinning::Program* program;
  const char* strategy;
};

std::vector<Cell> Table() {
  std::vector<Cell> cells;
  for (const auto programs : {spinning::CorrectPrograms(), spinning::CorrectStandardPrograms()}) {
    for (const spinning::Program& program : programs) {
      for (const char* strategy : kStrategies) cells.push_back({&program, strategy});
    }
  }
  return cells;
}

class CorrectSpinning : public testing::TestWithParam<Cell> {};

TEST_P(CorrectSpinning, InEverySchedule_Ends) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Options options = Schedules(30);
    options.strategy = GetParam().strategy;
    options.seed = seed;
    const Result result = Explore(GetParam().program->body, options);
    ASSERT_TRUE(result.ok()) << "seed " << seed << "\n" << result.Text();
    ASSERT_EQ(result.nondeterminism, "") << "seed " << seed;
  }
}

std::string CellName(const testing::TestParamInfo<Cell>& cell) {
  std::string name = std::string(cell.param.program->name) + "_" + cell.param.strategy;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Spinning, CorrectSpinning, testing::ValuesIn(Table()), CellName);

class Livelock : public testing::TestWithParam<const char*> {
 protected:
  static Result ExploreWith(void (*body)()) {
    Options options = Schedules(50);
    options.strategy = GetParam();
    return Explore(body, options);
  }
};

void ExpectAtOnce(const Result& result, const std::string& summary) {
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLivelock, summary)) << result.Text();
  EXPECT_LE(result.steps, result.schedules * kAtOnce);
  EXPECT_EQ(result.nondeterminism, "");
}

TEST_P(Livelock, FlagThatNobodySets_IsNamed) {
  const Result result = ExploreWith(&spinning::WaitForAFlagThatNobodySets);
  ExpectAtOnce(result, "spinner spins on Atomic 'flag' at spinning_bodies.cc:");
  EXPECT_NE(result.Text().find("main waits in join of spinner"), std::string::npos)
      << result.Text();
}

TEST_P(Livelock, TokenOfOne_ShowsItAgain) {
  const Result result = ExploreWith(&spinning::WaitForEachOther);
  ASSERT_EQ(result.findings.size(), 1U) << result.Text();
  Options options = Schedules(1);
  options.replay = result.findings[0].token;
  const Result replayed = Explore(&spinning::WaitForEachOther, options);
  EXPECT_TRUE(OnlyFinding(replayed, FindingKind::kLivelock, result.findings[0].summary))
      << replayed.Text();
}

TEST_P(Livelock, FlagUnderALock_IsOneOfBothTasks) {
  ExpectAtOnce(ExploreWith(&spinning::WaitUnderALockForAFlagThatNobodySets),
               "a spins on Atomic 'flag' at spinning_bodies.cc:");
}

TEST_P(Livelock, TryOfALockThatIsNeverReleased_NamesTheLock) {
  ExpectAtOnce(ExploreWith(&spinning::TryALockThatIsNeverReleased), "spinner spins on Lock 'lock'");
}

TEST_P(Livelock, TasksThatWaitForEachOther_AreBothNamed) {
  ExpectAtOnce(ExploreWith(&spinning::WaitForEachOther), "; b spins on Atomic 'first'");
}

TEST_P(Livelock, PollingBetweenSleeps_IsOneThoughTimeGoesOn) {
  ExpectAtOnce(ExploreWith(&spinning::PollByTheClockForAFlagThatNobodySets),
               "main spins on Atomic 'flag'");
}

TEST_P(Livelock, BackOffThatGrowsUpToABound_IsOne) {
  ExpectAtOnce(ExploreWith(&spinning::WaitWithABackOffThatIsBounded),
               "main spins on Atomic 'flag'");
}

TEST_P(Livelock, ExchangeThatLeavesTheValue_ChangesNothing) {
  ExpectAtOnce(ExploreWith(&spinning::WaitForAnExchangeThatNeverSucceeds),
               "main spins on Atomic 'taken'");
}

TEST_P(Livelock, BesideATaskThatWaits_TellsOfBoth) {
  const Result result = ExploreWith(&spinning::SpinBesideATaskThatWaits);
  ExpectAtOnce(result, "main spins on Atomic 'flag'");
  EXPECT_NE(result.Text().find("waiter waits in lock of Lock 'lock'"), std::string::npos)
      << result.Text();
}

INSTANTIATE_TEST_SUITE_P(Strategies, Livelock, testing::ValuesIn(kStrategies),
                         [](const testing::TestParamInfo<const char*>& strategy) {
                           std::string name = strategy.param;
                           for (char& c : name) c = c == ':' ? '_' : c;
                           return name;
                         });

TEST(Spinning, LoopThatCounts_IsNoLivelockButTooLong) {
  Options options = Schedules(1);
  options.max_steps = 2'000;
  const Result result = Explore(&spinning::WaitInALoopThatCounts, options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnfinished, "no end after 2000 operations"))
      << result.Text();
  EXPECT_NE(result.Text().find("--selvage_max_steps"), std::string::npos) << result.Text();
}

TEST(Spinning, BodyWithManyOperations_IsNotTooLong) {
  Options options;
  options.schedules = 2;
  const Result result = Explore(&spinning::CountUnderALockManyTimes, options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_GE(result.steps, 2U * 200'000);
}

TEST(Spinning, LongLoopsThatEnd_AreNoLivelocks) {
  EXPECT_TRUE(Explore(&spinning::LoadAnAtomicManyTimes, Schedules(3)).ok());
  EXPECT_TRUE(Explore(&spinning::YieldManyTimes, Schedules(3)).ok());
}

TEST(Spinning, TriesThatAreBounded_KeepTheBehaviourAfterThem) {
  for (const char* strategy : {"default", "random", "pos", "exhaustive"}) {
    Options options = Schedules(2'000);
    options.strategy = strategy;
    EXPECT_TRUE(OnlyFinding(Explore(&spinning::TryThreeTimesThenWait, options),
                            FindingKind::kFailedExpectation, "got_it"))
        << strategy;
  }
}

TEST(Spinning, ChangeThatNoOperationTellsOf_IsSeenWhenNobodyElseCanRun) {
  const Result result = Explore(&spinning::WaitForAFlagThatIsCopiedOver, Schedules(200));
  EXPECT_FALSE(result.Has(FindingKind::kLivelock)) << result.Text();
  EXPECT_FALSE(result.Has(FindingKind::kUnfinished)) << result.Text();
}

}  // namespace
}  // namespace selvage
