#include "selvage/harness/schedule/exhaustive.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "fake_schedule.h"
#include "gtest/gtest.h"

namespace selvage::schedule {
namespace {

using runtime::OpKind;

struct Walk {
  std::set<std::string> traces;
  std::multiset<int> values;
  int deadlocks = 0;
};

Walk WalkAll(const Program& program, Exhaustive& strategy) {
  Walk walk;
  while (!strategy.done() && strategy.runs() < 10'000) {
    const FakeRun run = RunProgram(program, strategy, 0);
    walk.traces.insert(run.world.trace);
    walk.values.insert(run.world.v[7]);
    walk.deadlocks += run.deadlock;
  }
  return walk;
}

Program TwoByTwo() { return Program{{{Step(), Step()}, {Step(), Step()}}}; }

TEST(Exhaustive, TwoTasksOfTwoSteps_HaveSixSchedules) {
  Exhaustive strategy;
  const Walk walk = WalkAll(TwoByTwo(), strategy);
  EXPECT_EQ(walk.traces, (std::set<std::string>{"0011", "0101", "0110", "1001", "1010", "1100"}));
  EXPECT_EQ(strategy.schedules(), 6u);
  EXPECT_EQ(strategy.runs(), 6u);
  EXPECT_TRUE(strategy.complete());
}

TEST(Exhaustive, ThreeTasksOfThreeSteps_HaveAMultinomialOfSchedules) {
  Exhaustive strategy;
  const Script script(3, Step());
  const Walk walk = WalkAll(Program{{script, script, script}}, strategy);
  EXPECT_EQ(walk.traces.size(), 1680u);  // 9! / (3! 3! 3!)
  EXPECT_EQ(strategy.schedules(), 1680u);
}

TEST(Exhaustive, CriticalSections_DoNotInterleave) {
  // a L U twice: for each order of the sections the other task's first step has four places.
  Exhaustive strategy;
  const Script script = {Step(), Lock(9), Unlock(9)};
  EXPECT_EQ(WalkAll(Program{{script, script}}, strategy).traces.size(), 8u);
  EXPECT_EQ(strategy.schedules(), 8u);
  EXPECT_TRUE(strategy.complete());
}

TEST(Exhaustive, OppositeLockOrder_DeadlocksInTwoOfSixSchedules) {
  Exhaustive strategy;
  const Walk walk = WalkAll(
      Program{{{Lock(1), Lock(2), Unlock(2), Unlock(1)}, {Lock(2), Lock(1), Unlock(1), Unlock(2)}}},
      strategy);
  EXPECT_EQ(walk.traces.size(), 6u);
  EXPECT_EQ(walk.deadlocks, 2);
}

TEST(Exhaustive, Values_AreWalkedLikeTasks) {
  Exhaustive strategy;
  const Walk walk = WalkAll(Program{{{{OpKind::kNotifyOne, 3}}}}, strategy);
  EXPECT_EQ(walk.values, (std::multiset<int>{0, 1, 2}));
  EXPECT_TRUE(strategy.complete());
}

TEST(Exhaustive, PreemptionBound_CountsAreKnown) {
  // By hand, from task 0: none 0011; one 0110, 1100; two 0101, 1001; three 1010.
  const std::size_t counts[] = {1, 3, 5, 6, 6};
  for (std::uint32_t bound = 0; bound < 5; ++bound) {
    Exhaustive strategy(bound);
    const Walk walk = WalkAll(TwoByTwo(), strategy);
    EXPECT_TRUE(strategy.done());
    EXPECT_EQ(walk.traces.size(), counts[bound]) << bound;
    EXPECT_EQ(strategy.schedules(), counts[bound]) << bound;
    EXPECT_EQ(strategy.complete(), bound >= 3) << bound;
  }
}

TEST(Exhaustive, FewPreemptions_ComeFirst) {
  Exhaustive strategy(2);
  std::uint32_t last = 0;
  while (!strategy.done()) {
    ASSERT_TRUE(strategy.preemptions().has_value());
    EXPECT_GE(*strategy.preemptions(), last);
    last = *strategy.preemptions();
    RunProgram(TwoByTwo(), strategy, 0);
  }
  EXPECT_EQ(last, 2u);
}

TEST(Exhaustive, OneTask_IsOneSchedule) {
  Exhaustive strategy(2);
  WalkAll(Program{{{Step(), Step()}}}, strategy);
  EXPECT_EQ(strategy.schedules(), 1u);
  EXPECT_TRUE(strategy.complete());
}

TEST(Exhaustive, LoopOfTimedWaits_IsFiniteUnderABound) {
  FakeOp sleep{OpKind::kSleep, 0};
  sleep.again = [](const World& w) { return w.v[0] == 0; };
  Exhaustive strategy(2);
  const Walk walk =
      WalkAll(Program{{{Step(), Step([](World& w) { w.v[0] = 1; })}, {sleep}}}, strategy);
  EXPECT_TRUE(strategy.done());
  EXPECT_LT(strategy.runs(), 100u);
  EXPECT_EQ(walk.traces.count("001"), 1u);
  EXPECT_EQ(walk.traces.count("11001"), 1u);
}

TEST(Exhaustive, LoopOfYields_IsFiniteUnderABound) {
  FakeOp spin{OpKind::kYield, 0};
  spin.again = [](const World& w) { return w.v[0] == 0; };
  Exhaustive strategy(2);
  WalkAll(Program{{{spin}, {Step(), Step([](World& w) { w.v[0] = 1; })}}}, strategy);
  EXPECT_TRUE(strategy.done());
  EXPECT_LT(strategy.runs(), 100u);
}

TEST(Exhaustive, BodyThatChanges_IsReportedAsNondeterminism) {
  Exhaustive strategy;
  RunProgram(TwoByTwo(), strategy, 0);
  EXPECT_EQ(strategy.nondeterminism(), std::nullopt);
  const Script other = {{OpKind::kLoad, 3}, Step()};
  RunProgram(Program{{other, other}}, strategy, 0);
  EXPECT_EQ(strategy.nondeterminism(),
            "uncontrolled nondeterminism: with the same choices before it, choice 0 (after step 0) "
            "was not the same as in the schedule before");
  EXPECT_TRUE(strategy.done());
  EXPECT_FALSE(strategy.complete());
}

TEST(Exhaustive, BodyThatEndsEarly_IsReportedAsNondeterminism) {
  Exhaustive strategy;
  RunProgram(TwoByTwo(), strategy, 0);
  RunProgram(Program{{{Step()}}}, strategy, 0);
  EXPECT_TRUE(strategy.nondeterminism().has_value());
  EXPECT_FALSE(strategy.complete());
}

TEST(Exhaustive, PathLongerThanReserved_IsKept) {
  Exhaustive strategy;
  const Program program{{Script(5'000, Step()), Script(2, Step())}};
  std::set<std::string> traces;
  for (int i = 0; i < 100; ++i) traces.insert(RunProgram(program, strategy, 0).world.trace);
  EXPECT_EQ(traces.size(), 100u);
  EXPECT_EQ(strategy.nondeterminism(), std::nullopt);
}

}  // namespace
}  // namespace selvage::schedule
