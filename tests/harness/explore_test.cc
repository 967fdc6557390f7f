// Explore: what its options do, and what its result says.

#include "selvage/harness/explore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "selvage/harness/schedule/build.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/lost_updates.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

void DoNothingWrong() {
  Lock lock;
  const Thread other([&] { const Guard guard(lock); });
  const Guard guard(lock);
}

// --- Schedules: how many, which, for how long ---

TEST(Explore, EmptyBody_IsClean) {
  const Result result = Explore([] {});
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(result.schedules, 1'000U);
  EXPECT_EQ(result.failing, 0U);
  EXPECT_EQ(result.first_failure, 0U);
  EXPECT_EQ(result.most_tasks, 1U);
}

TEST(Explore, SameSeed_GivesTheSameFailure) {
  for (const char* strategy : {"default", "random", "sticky", "pct", "pos", "surw", "urw"}) {
    Options options;
    options.strategy = strategy;
    options.seed = 12345;
    const Result first = Explore(LoseTwoUpdatesOfFour, options);
    const Result second = Explore(LoseTwoUpdatesOfFour, options);
    ASSERT_EQ(first.findings.size(), 1U) << strategy << "\n" << first.Text();
    EXPECT_EQ(first.first_failure, second.first_failure) << strategy;
    EXPECT_EQ(first.steps, second.steps) << strategy;
    EXPECT_EQ(first.findings[0].token, second.findings[0].token) << strategy;
    EXPECT_EQ(first.Text(), second.Text()) << strategy;
  }
}

TEST(Explore, OtherSeeds_GiveOtherSchedules) {
  std::set<std::uint64_t> first_failures;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Options options;
    options.strategy = "random";
    options.seed = seed;
    first_failures.insert(Explore(LoseTwoUpdatesOfFour, options).first_failure);
  }
  EXPECT_GT(first_failures.size(), 2U);
}

TEST(Explore, FirstFailure_EndsTheExploration) {
  const Result result = Explore(LoseAnUpdate);
  EXPECT_EQ(result.failing, 1U);
  EXPECT_EQ(result.first_failure, result.schedules);
}

// The body's load and store go between the child's start, load and store in C(5, 2) ways; in four
// of them one load comes after the other's store.
TEST(Explore, WithoutStopAtFirstFailure_CountsTheFailingSchedules) {
  Options options = Exhaustively();
  options.stop_at_first_failure = false;
  const Result result = Explore(
      [] {
        Shared<int> counter(0, "counter");
        {
          const Thread other([&] { ++counter; });
          ++counter;
        }
        SELVAGE_EXPECT(counter == 2);
      },
      options);
  EXPECT_TRUE(result.exhausted);
  EXPECT_EQ(result.schedules, 10U);
  EXPECT_EQ(result.failing, 6U);
  ASSERT_EQ(result.findings.size(), 1U) << result.Text();
  EXPECT_EQ(result.findings[0].schedules, result.failing);
  EXPECT_EQ(result.findings[0].first_schedule, result.first_failure);
}

TEST(Explore, TimeBudget_EndsTheExploration) {
  Options options;
  options.schedules = UINT64_MAX;
  options.time_budget = std::chrono::milliseconds(20);
  const Result result = Explore(DoNothingWrong, options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_LT(result.schedules, UINT64_MAX);
}

// A pass that has tried nothing would be no pass.
TEST(Explore, TimeBudgetTooShortForOneSchedule_StillRunsOne) {
  Options options;
  options.time_budget = std::chrono::nanoseconds(1);
  EXPECT_GE(Explore(DoNothingWrong, options).schedules, 1U);
}

TEST(Explore, OnSchedule_IsToldHowManyAndEndsTheExplorationByFalse) {
  Options options;
  std::uint64_t last = 0;
  options.on_schedule = [&](std::uint64_t schedules) {
    EXPECT_EQ(schedules, last + 1);
    last = schedules;
    return schedules < 7;
  };
  EXPECT_EQ(Explore(DoNothingWrong, options).schedules, 7U);
  EXPECT_EQ(last, 7U);
}

TEST(Explore, UnknownStrategy_IsAnErrorThatSuggestsTheNearest) {
  Options options;
  options.strategy = "exhaustiv";
  const Result result = Explore(DoNothingWrong, options);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.schedules, 0U);
  EXPECT_THAT(result.error, HasSubstr("did you mean \"exhaustive\""));
}

TEST(ExploreDeathTest, ReportFailureOutsideOfASchedule_Aborts) {
  EXPECT_EXIT(ReportFailure("balance"), testing::KilledBySignal(SIGABRT), "balance");
}

// --- Exhaustive ---

// `own` scheduling points of the body after it has started a task that has `childs`, its start not
// counted.
Result ExploreInterleavings(int own, int childs, int preemptions = -1) {
  return Explore(
      [=] {
        const Thread child([=] {
          for (int i = 0; i < childs; ++i) Yield();
        });
        for (int i = 0; i < own; ++i) Yield();
      },
      Exhaustively(preemptions));
}

std::uint64_t Choose(std::uint64_t n, std::uint64_t k) {
  return k == 0 ? 1 : Choose(n - 1, k - 1) * n / k;
}

// Two tasks with m and n operations can be interleaved in C(m + n, m) ways.
TEST(Exhaustive, TwoTasks_HaveAsManySchedulesAsInterleavings) {
  for (const auto& [own, childs] : {std::pair{1, 0}, {2, 1}, {3, 2}, {4, 4}, {1, 6}}) {
    const Result result = ExploreInterleavings(own, childs);
    EXPECT_TRUE(Proven(result)) << result.Text();
    EXPECT_EQ(result.schedules,
              Choose(static_cast<std::uint64_t>(own + childs + 1), static_cast<std::uint64_t>(own)))
        << own << " " << childs;
    EXPECT_EQ(result.preemption_bound, -1);
  }
}

TEST(Exhaustive, TwoLocksInOneOrder_AreProvenFreeOfDeadlock) {
  const Result result = Explore(
      [] {
        Lock a;
        Lock b;
        const auto both = [&] {
          const Guard first(a);
          const Guard second(b);
        };
        const Thread other(both);
        both();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_THAT(result.Text(), AllOf(StartsWith("clean: "), HasSubstr("all schedules there are")));
}

TEST(Exhaustive, Proof_NamesItsAssumptionsInTheSameLine) {
  const std::string end =
      schedule::SeesAtomicUpdatesOfC()
          ? ")\n"
          : "; no switch at a read-modify-write of C code, which AddressSanitizer excludes)\n";
  Options options = Exhaustively();
  options.spurious_wakeups = 1;
  options.early_timeouts = true;
  EXPECT_THAT(
      Explore(DoNothingWrong, options).coverage,
      HasSubstr("\nall schedules there are (sequentially consistent; the body deterministic "
                "but for the schedule; at most 1 spurious wakeup a schedule; no spurious "
                "failure of try_lock or a weak compare_exchange; a task that goes in circles "
                "rests until what it read there changes; timed waits expire in the order of their "
                "deadlines" +
                end));
  options = ExhaustivelyAtPrimitives();
  EXPECT_THAT(
      Explore(DoNothingWrong, options).coverage,
      AllOf(HasSubstr("; no spurious wakeup; "),
            HasSubstr("deadlines, and only when no task can run; tasks switch at primitives "
                      "only, not at std::atomic" +
                      end)));
}

TEST(Exhaustive, OutOfSchedules_SaysUpToWhichBoundItWalkedAll) {
  // One order without a preemption: the body, then the child. One preemption, before any of the
  // body's two operations or within: C(4, 2) interleavings in all.
  Options options = Exhaustively(5);
  options.schedules = 2;
  const auto body = [] {
    const Thread child([] { Yield(); });
    Lock lock;
    lock.lock();
    lock.unlock();
  };
  const Result result = Explore(body, options);
  EXPECT_FALSE(result.exhausted);
  EXPECT_THAT(result.coverage,
              HasSubstr("\nall schedules with at most 0 preemptions, 1 of them ("));
  options = Exhaustively();
  options.schedules = 2;
  EXPECT_THAT(Explore(body, options).coverage,
              AllOf(HasSubstr("\nthe walk was not finished\n"), Not(HasSubstr("probability"))));
}

TEST(Exhaustive, WithABoundThatCutsSomething_SaysWhichBound) {
  const Result result = ExploreInterleavings(2, 2, /*preemptions=*/0);
  EXPECT_TRUE(result.exhausted);
  EXPECT_EQ(result.preemption_bound, 0);
  EXPECT_THAT(result.coverage, HasSubstr("at most 0 preemptions"));
}

TEST(Exhaustive, OutOfSchedules_DoesNotClaimToHaveSeenAll) {
  Options options = Exhaustively();
  options.schedules = 3;
  const Result result = Explore(LoseTwoUpdatesOfFour, options);
  EXPECT_FALSE(result.exhausted);
  EXPECT_THAT(result.Text(), Not(HasSubstr("all schedules")));
}

// --- Findings ---

TEST(Findings, Shrinking_MakesTheTokenAndTheSwitchesFewer) {
  const auto body = [] {
    Shared<int> counter(0, "counter");
    Shared<int> noise(0, "noise");
    {
      const auto work = [&] {
        for (int i = 0; i < 10; ++i) noise = i;
        ++counter;
        for (int i = 0; i < 10; ++i) noise = i;
      };
      const Thread first(work);
      const Thread second(work);
    }
    SELVAGE_EXPECT(counter == 2);
  };
  Options options;
  options.strategy = "random";
  options.shrink = false;
  const Result raw = Explore(body, options);
  options.shrink = true;
  const Result shrunk = Explore(body, options);
  ASSERT_EQ(raw.findings.size(), 1U) << raw.Text();
  ASSERT_EQ(shrunk.findings.size(), 1U) << shrunk.Text();
  EXPECT_EQ(raw.first_failure, shrunk.first_failure);
  EXPECT_LT(shrunk.findings[0].token.size(), raw.findings[0].token.size() / 2);

  options.replay = shrunk.findings[0].token;
  EXPECT_TRUE(Explore(body, options).Has(FindingKind::kFailedExpectation));
}

TEST(Findings, BodyThatIsNotDeterministic_IsNoticed) {
  int runs = 0;
  const Result result = Explore([&] {
    Lock lock;
    if (++runs % 2 == 0) const Guard guard(lock);
  });
  EXPECT_THAT(result.nondeterminism, HasSubstr("lock")) << result.Text();
  EXPECT_THAT(result.Text(), HasSubstr("uncontrolled nondeterminism"));
}

TEST(Findings, BodyThatTakesAnotherLockEachTime_IsNotDeterministic) {
  int runs = 0;
  const Result result = Explore([&] {
    Lock first("first");
    Lock second("second");
    first.lock();
    first.unlock();
    second.lock();
    second.unlock();
    const Guard guard(++runs % 2 == 0 ? first : second);
  });
  EXPECT_THAT(
      result.nondeterminism,
      AllOf(HasSubstr("6 task 0 did lock of Lock 'first' at explore_test.cc:"),
            HasSubstr("the second time task 0 did lock of Lock 'second' at explore_test.cc:")))
      << result.Text();
}

TEST(Findings, BodyThatIsNotDeterministic_IsNoProofWhenExhausted) {
  int runs = 0;
  const Result result = Explore(
      [&] {
        Lock lock;
        const Thread other([] { Yield(); });
        if (++runs % 2 == 0) const Guard guard(lock);
        Yield();
      },
      Exhaustively());
  EXPECT_NE(result.nondeterminism, "") << result.Text();
  EXPECT_FALSE(result.exhausted);
}

// The walk itself cannot see this: no choice that it repeats is another one. A second run of one
// schedule can.
TEST(Findings, BodyThatDoesMoreInItsSecondRun_IsNoProofWhenExhausted) {
  int runs = 0;
  const Result result = Explore(
      [&] {
        const Thread other([] { Yield(); });
        if (++runs % 2 == 0) Yield();
        Yield();
      },
      Exhaustively());
  EXPECT_NE(result.nondeterminism, "") << result.Text();
  EXPECT_FALSE(result.exhausted);
}

TEST(Findings, FailureThatDoesNotComeAgain_IsCalledNondeterminism) {
  int runs = 0;
  const Result result = Explore([&] {
    if (++runs == 1) ReportFailure("only once");
  });
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
  EXPECT_NE(result.nondeterminism, "") << result.Text();
}

TEST(Findings, SeveralFaults_AreEachCountedAndExplained) {
  Options options = Exhaustively();
  options.stop_at_first_failure = false;
  const Result result = Explore(
      [] {
        Shared<int> last(0, "last");
        {
          const Thread other([&] { last = 1; });
          last = 2;
        }
        if (last == 1) ReportFailure("child last");
        if (last == 2) ReportFailure("body last");
      },
      options);
  ASSERT_EQ(result.findings.size(), 2U) << result.Text();
  EXPECT_EQ(result.failing, result.schedules);
  EXPECT_EQ(result.findings[0].schedules + result.findings[1].schedules, result.schedules);
  for (const Finding& finding : result.findings) {
    EXPECT_NE(finding.token, "");
    EXPECT_NE(finding.trace, "");
  }
}

TEST(Findings, Text_BeginsWithTheVerdictAndEndsWithTheCommand) {
  const Result clean = Explore(DoNothingWrong);
  EXPECT_THAT(clean.Text(), StartsWith("clean: 1000 schedules"));
  const Result failed = Explore(LoseAnUpdate);
  EXPECT_THAT(failed.Text(),
              AllOf(StartsWith("failed expectation: expected: counter == 2"), HasSubstr("replay: "),
                    HasSubstr("store counter"), Not(HasSubstr("0x")), Not(HasSubstr("clean"))));
}

TEST(Findings, Coverage_CountsBehavioursNotSchedules) {
  Options options;
  options.schedules = 500;
  const Result result = Explore(
      [] {
        const Thread other([] {});
        Yield();
      },
      options);
  EXPECT_THAT(result.coverage,
              AllOf(HasSubstr("500 schedules, at most 2 tasks"), HasSubstr("; 1 behaviour;"),
                    HasSubstr("shows a new one with probability 0 (estimated)")));
}

TEST(Findings, Coverage_CountsOneAsOne) {
  Options options;
  options.schedules = 1;
  EXPECT_THAT(
      Explore([] {}, options).Text(),
      StartsWith("clean: 1 schedule, at most 1 task, 0.0 operations on average; 1 behaviour"));
  EXPECT_THAT(Explore(LoseAnUpdate, Exhaustively(0)).Text(), Not(HasSubstr("1 schedules")));
}

// Two tasks in the end, and 20 schedules of depth 1 but for those of other strategies.
TEST(Findings, CoverageOfPct_PromisesWhatItsDepthDoes) {
  Options options;
  options.schedules = 20;
  options.strategy = "pct:1";
  // (1 - 1/2)^20 = 9.54e-7
  EXPECT_THAT(Explore(DoNothingWrong, options).coverage,
              AllOf(HasSubstr("at most 9.6e-07 (d=1)\n"), Not(HasSubstr("d=2"))));
  options.strategy = "random";
  EXPECT_THAT(Explore(DoNothingWrong, options).coverage, Not(HasSubstr("missed")));
}

TEST(Findings, CoverageOfAFailure_PromisesNothing) {
  Options options;
  options.strategy = "pct:2";
  const Result result = Explore(LoseAnUpdate, options);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.coverage, Not(HasSubstr("missed")));
}

}  // namespace
}  // namespace selvage
