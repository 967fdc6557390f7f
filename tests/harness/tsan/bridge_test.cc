// What ThreadSanitizer is told of a schedule, and what it says back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/tsan/bodies.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

struct Body {
  const char* name;
  void (*run)();
};

std::string NameOf(const testing::TestParamInfo<Body>& body) { return body.param.name; }
void PrintTo(const Body& body, std::ostream* stream) { *stream << body.name; }

#define BODY(name) \
  Body { #name, name }

class RacyBody : public testing::TestWithParam<Body> {};

INSTANTIATE_TEST_SUITE_P(
    , RacyBody,
    testing::Values(BODY(RaceOnAGlobal), BODY(RaceOnTheHeap), BODY(RaceOnALocalVariable),
                    BODY(RaceOfBodyAndChild), BODY(RaceUnderTwoLocks), BODY(RaceAfterTheLock),
                    BODY(RaceAfterAFailedTry), BODY(RaceAfterAnExpiredTimedWait),
                    BODY(RaceThroughANotificationAlone), BODY(RaceAfterTheRelease),
                    BODY(RaceOnASharedVariable), BODY(RaceFoundByARead)),
    NameOf);

// Whether a race shows itself may depend on the schedule; among a hundred one must show it.
TEST_P(RacyBody, IsFound) {
  Options options;
  options.schedules = 100;
  options.lock_order = false;
  const Result result = Explore(GetParam().run, options);
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
  EXPECT_EQ(result.findings.size(), 1U) << result.Text();
}

TEST_P(RacyBody, ReplaysFromItsToken) {
  Options options;
  options.schedules = 100;
  options.lock_order = false;
  const Result found = Explore(GetParam().run, options);
  ASSERT_TRUE(found.Has(FindingKind::kDataRace)) << found.Text();
  options.replay = found.findings[0].token;
  const Result replayed = Explore(GetParam().run, options);
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(FindingOf(replayed, FindingKind::kDataRace).summary, found.findings[0].summary)
      << found.Text() << replayed.Text();
}

Result ExploreAllRaces(void (*body)(), std::uint64_t schedules = 200) {
  Options options;
  options.schedules = schedules;
  options.lock_order = false;
  options.stop_at_first_failure = false;
  return Explore(body, options);
}

class TwoRacesBody : public testing::TestWithParam<Body> {};

INSTANTIATE_TEST_SUITE_P(
    , TwoRacesBody,
    testing::Values(BODY(RacesBehindOneSetter), BODY(RacesOfObjectsBehindOneSetter),
                    BODY(RacesOnTwoSharedVariables), BODY(RacesOnTwoSharedOfOneArray),
                    BODY(RacesOnTwoElementsOfAVector), BODY(RacesOnTwoElementsOfAnArray),
                    BODY(RacesOnTwoMembers), BODY(RacesOnTwoLocalVariables)),
    NameOf);

TEST_P(TwoRacesBody, HasTwoFindings) {
  const Result result = ExploreAllRaces(GetParam().run);
  ASSERT_EQ(result.findings.size(), 2U) << result.Text();
  for (const Finding& finding : result.findings) {
    EXPECT_EQ(finding.kind, FindingKind::kDataRace);
    EXPECT_GT(finding.schedules, result.schedules / 2) << result.Text();
  }
}

TEST_P(TwoRacesBody, ReplaysEachRaceFromItsToken) {
  const Result found = ExploreAllRaces(GetParam().run);
  for (const Finding& race : found.findings) {
    Options options;
    options.lock_order = false;
    options.replay = race.token;
    EXPECT_TRUE(Explore(GetParam().run, options).Has(FindingKind::kDataRace)) << race.summary;
  }
}

TEST_P(TwoRacesBody, HasTheSameFindingsInAChildProcess) {
  Options options;
  options.schedules = 50;
  options.lock_order = false;
  options.stop_at_first_failure = false;
  const Result here = Explore(GetParam().run, options);
  options.isolate = true;
  const Result there = Explore(GetParam().run, options);
  ASSERT_EQ(there.findings.size(), here.findings.size()) << there.Text();
  for (std::size_t i = 0; i < here.findings.size(); ++i) {
    EXPECT_EQ(there.findings[i].summary, here.findings[i].summary);
    EXPECT_EQ(there.findings[i].schedules, here.findings[i].schedules);
  }
}

TEST(RaceIdentity, OfOneRaceSeenAsManyPairs_IsOneFinding) {
  const Result result = ExploreAllRaces(OneRaceOfManyPairs, 1'000);
  ASSERT_EQ(result.findings.size(), 1U) << result.Text();
  EXPECT_EQ(result.findings[0].schedules, 1'000U);
}

TEST(RaceIdentity, OfOneRaceInTheSameFunctionOfALibrary_HasNoElements) {
  const Result result = ExploreAllRaces(OneRaceInsideALibrary, 500);
  std::set<std::string> memory;
  for (const Finding& finding : result.findings) {
    memory.insert(finding.summary.substr(0, finding.summary.find(':')));
  }
  EXPECT_EQ(memory.size(), result.findings.size()) << result.Text();
  EXPECT_LE(result.findings.size(), 2U) << result.Text();  // the vector, and its block
}

TEST(RaceIdentity, OfAThousandElements_IsNoFlood) {
  const Result result = ExploreAllRaces(RacesOnAThousandElements, 2);
  EXPECT_GE(result.findings.size(), 2U);
  EXPECT_LE(result.findings.size(), 8U);
}

class RaceFreeBody : public testing::TestWithParam<Body> {};

INSTANTIATE_TEST_SUITE_P(
    , RaceFreeBody,
    testing::Values(BODY(OrderedByALock), BODY(OrderedByAnRLock), BODY(OrderedByATimedLock),
                    BODY(OrderedByATryLock), BODY(OrderedBySpawnAndJoin),
                    BODY(OrderedByAJoinWithATimeout), BODY(OrderedByJoinsOfOneChildByTwoTasks),
                    BODY(OrderedByASemaphore), BODY(OrderedByATryAcquire),
                    BODY(OrderedByAConditionAndItsLock), BODY(OrderedByAConditionWithTimeout),
                    BODY(OrderedBetweenSchedules), BODY(RepairedQueue)),
    NameOf);

TEST_P(RaceFreeBody, IsSilent) {
  for (const char* strategy : {"random", "default", "pos"}) {
    for (const bool fresh : {false, true}) {
      Options options;
      options.strategy = strategy;
      options.schedules = fresh ? 50 : 1'000;
      options.fresh_bodies = fresh;
      options.lock_order = false;
      options.stop_at_first_failure = false;
      const Result result = Explore(GetParam().run, options);
      EXPECT_FALSE(result.Has(FindingKind::kDataRace)) << strategy << result.Text();
      EXPECT_EQ(result.races, 0U) << strategy;
      // Without other findings either, but for expiries that leave a value unset.
      EXPECT_TRUE(result.ok()) << strategy << result.Text();
    }
  }
}

class Strategy : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(, Strategy,
                         testing::Values("random", "sticky", "pct", "pos", "surw", "urw", "default",
                                         "exhaustive"),
                         [](const auto& strategy) { return std::string(strategy.param); });

TEST_P(Strategy, RaceOfTwoTasksWithNothingInCommon_IsFoundWithinFiveSchedules) {
  Options options;
  options.strategy = GetParam();
  options.schedules = 5;
  const Result result = Explore(RaceOnAGlobal, options);
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
}

TEST(Races, RepairedExample_IsSilentOverAHundredThousandSchedules) {
  Options options;
  options.schedules = 100'000;
  const Result result = Explore(RepairedQueue, options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(result.races, 0U);
  EXPECT_EQ(result.schedules, 100'000U);
}

TEST(Races, OfEverySchedule_AreCountedNotOnlyTheFirst) {
  Options options;
  options.schedules = 50;
  options.stop_at_first_failure = false;
  const Result result = Explore(RaceOnAGlobal, options);
  EXPECT_EQ(result.failing, 50U);
  EXPECT_GE(result.races, 50U);
  ASSERT_EQ(result.findings.size(), 1U) << result.Text();
  EXPECT_EQ(result.findings[0].schedules, 50U);
}

TEST(Races, OnAGlobal_NameItAndBothPlaces) {
  const Result result = Explore(RaceOnAGlobal);
  const Finding race = FindingOf(result, FindingKind::kDataRace);
  EXPECT_THAT(race.summary, AllOf(HasSubstr("racy_global"), HasSubstr("write"),
                                  HasSubstr("RaceOnAGlobal"), HasSubstr("bodies.cc:")));
  EXPECT_THAT(race.details, AllOf(HasSubstr("#0 "), HasSubstr("4 bytes"), Not(HasSubstr("0x"))));
}

TEST(Races, OnASharedVariable_NameIt) {
  const Result result = Explore(RaceOnASharedVariable);
  EXPECT_THAT(FindingOf(result, FindingKind::kDataRace).summary, HasSubstr("'counter'"));
}

TEST(Races, OnTheHeap_SaySo) {
  EXPECT_THAT(FindingOf(Explore(RaceOnTheHeap), FindingKind::kDataRace).summary, HasSubstr("heap"));
}

TEST(Races, OnALocalVariable_NameItAndItsFunction) {
  const Finding race = FindingOf(Explore(RaceOnALocalVariable), FindingKind::kDataRace);
  EXPECT_THAT(race.summary,
              HasSubstr("'number', a local variable of selvage::RaceOnALocalVariable: "));
}

TEST(Races, OnTheHeap_SayWhereTheBlockWasAllocated) {
  const Finding race = FindingOf(Explore(RaceOnTheHeap), FindingKind::kDataRace);
  EXPECT_THAT(race.summary, ContainsRegex("memory on the heap, allocated in .*RaceOnTheHeap"));
  EXPECT_THAT(race.details,
              ContainsRegex("in a block of 4 bytes allocated by main\n    #0 .*Heap"));
}

TEST(Races, OfADelete_SayDeleteAndNotWrite) {
  const Result result = ExploreAllRaces(RaceOfADelete);
  ASSERT_EQ(result.findings.size(), 2U) << result.Text();  // used before, or used after it
  for (const Finding& race : result.findings) {
    EXPECT_THAT(race.summary,
                AllOf(ContainsRegex("delete in|released in"), Not(HasSubstr("write"))));
    EXPECT_THAT(race.details, AllOf(HasSubstr("delete by main"), Not(HasSubstr("write"))));
  }
}

TEST(Races, WithMemoryDeletedBefore_SayDeleteAndNotWrite) {
  const Finding race = FindingOf(ExploreAllRaces(ReadAfterADelete), FindingKind::kDataRace);
  EXPECT_THAT(race.summary, AllOf(HasSubstr("heap-use-after-free"), Not(HasSubstr("write"))));
  EXPECT_THAT(race.details, AllOf(HasSubstr("earlier delete by task"), Not(HasSubstr("write"))));
}

TEST(Races, WithFreshBodies_AreFoundToo) {
  Options options;
  options.fresh_bodies = true;
  options.schedules = 5;
  EXPECT_TRUE(Explore(RaceOnAGlobal, options).Has(FindingKind::kDataRace));
}

TEST(Races, AfterAnExplorationThatFoundSome_AreFoundByTheNextToo) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Explore(RaceOnAGlobal).Has(FindingKind::kDataRace));
  }
}

TEST(Races, OfATaskThatEndedBeforeTheOtherStarted_AreFound) {
  Options options;
  options.strategy = "random";
  EXPECT_TRUE(Explore(RaceWithATaskThatHasEnded, options).Has(FindingKind::kDataRace));
}

TEST(Races, AfterAskingWhetherATaskLives_AreFound) {
  Options options;
  options.strategy = "random";
  EXPECT_TRUE(Explore(RaceAfterIsAlive, options).Has(FindingKind::kDataRace));
}

TEST(RacesDeathTest, OfOrdinaryThreadsBeforeAnExploration_GoTheirOrdinaryWay) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto race = [] {
    RaceOfOrdinaryThreads();
    std::exit(0);
  };
  EXPECT_EXIT(race(), testing::ExitedWithCode(66), "WARNING: ThreadSanitizer: data race");
}

TEST(RacesDeathTest, OfOrdinaryThreadsDuringAnExploration_GoTheirOrdinaryWayAndAreNoFinding) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto race = [] {
    Options options;
    options.schedules = 2;
    options.on_schedule = [](std::uint64_t) {
      RaceOfOrdinaryThreads();
      return true;
    };
    const Result result = Explore(OrderedByALock, options);
    std::exit(result.ok() && result.races == 0 ? 0 : 1);
  };
  EXPECT_EXIT(race(), testing::ExitedWithCode(66), "WARNING: ThreadSanitizer: data race");
}

TEST(RacesDeathTest, OfTasks_AreNotPrintedAndDoNotFailTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto race = [] {
    const bool found = Explore(RaceOnAGlobal).Has(FindingKind::kDataRace);
    std::exit(found ? 0 : 1);
  };
  EXPECT_EXIT(race(), testing::ExitedWithCode(0), Not(HasSubstr("WARNING: ThreadSanitizer")));
}

// Of mutexes that the lock graph does not know, and that are not under control.
TEST(NativeMutexes, TakenInBothOrders_AreAFindingWithBothPlaces) {
  Options options;
  options.schedules = 3;
  options.control_native = false;
  const Result result = Explore(&NativeMutexesInBothOrders, options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLockOrderCycle, "native mutexes")) << result.Text();
  EXPECT_THAT(result.Text(), AllOf(HasSubstr("locked at"), HasSubstr("bodies.cc:"),
                                   Not(HasSubstr("harness/interpose"))));
  EXPECT_THAT(result.Text(), Not(HasSubstr("data race")));
}

}  // namespace
}  // namespace selvage
