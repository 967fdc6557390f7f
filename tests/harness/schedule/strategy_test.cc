#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fake_schedule.h"
#include "gtest/gtest.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/schedule/fair_tail.h"
#include "selvage/harness/schedule/learner.h"
#include "selvage/harness/schedule/pct.h"
#include "selvage/harness/schedule/pos.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/harness/schedule/rotation.h"
#include "selvage/harness/schedule/sticky_random.h"
#include "selvage/harness/schedule/surw.h"

namespace selvage::schedule {
namespace {

using runtime::OpKind;

Script Steps(int count) { return Script(static_cast<std::size_t>(count), Step()); }

int CountFailures(const Program& program, Strategy& strategy, int schedules) {
  int failures = 0;
  for (int i = 0; i < schedules; ++i) {
    failures +=
        RunProgram(program, strategy, MixSeed(1, static_cast<std::uint64_t>(i))).world.failed;
  }
  return failures;
}

std::map<std::string, int> CountTraces(const Program& program, Strategy& strategy, int schedules) {
  std::map<std::string, int> traces;
  for (int i = 0; i < schedules; ++i) {
    ++traces[RunProgram(program, strategy, MixSeed(2, static_cast<std::uint64_t>(i))).world.trace];
  }
  return traces;
}

double ChiSquare(const std::map<std::string, int>& counts, std::size_t categories, int total) {
  const double expected = static_cast<double>(total) / static_cast<double>(categories);
  double sum = static_cast<double>(categories - counts.size()) * expected;
  for (const auto& [trace, count] : counts)
    sum += (count - expected) * (count - expected) / expected;
  return sum;
}

// Fails if task 1 looks while task 0 is half done: one order of two pairs, depth 2.
Program DepthTwo() {
  Script writer = Steps(5);
  writer.push_back(Step([](World& w) { w.v[0] = 1; }));
  writer.push_back(Step([](World& w) { w.v[0] = 2; }));
  Script reader = Steps(5);
  reader.push_back(Step([](World& w) { w.failed = w.v[0] == 1; }));
  return Program{{writer, reader}};
}

// Fails only for a1 b1 a2 b2 among noise: two switches at the right steps, depth 3.
Program DepthThree() {
  auto expect = [](int before, int after) {
    return Step([=](World& w) { w.v[0] = w.v[0] == before ? after : -1; });
  };
  Script a = Steps(3);
  a.push_back(expect(0, 1));
  a.push_back(expect(2, 3));
  Script b = {expect(1, 2), Step([](World& w) { w.failed = w.v[0] == 3; })};
  b.insert(b.end(), 3, Step());
  return Program{{a, b}};
}

// Fails only for a1 b1 c b2 a2: both a and b are interrupted, and the one interrupted last resumes
// first. Depth 3.
Program ResumesInOppositeOrder() {
  auto expect = [](int before, int after) {
    return Step([=](World& w) { w.v[0] = w.v[0] == before ? after : -1; });
  };
  return Program{{{expect(0, 1), Step([](World& w) { w.failed = w.v[0] == 4; })},
                  {expect(1, 2), expect(3, 4)},
                  {expect(2, 3)}}};
}

Program Interleavings(int a, int b) { return Program{{Steps(a), Steps(b)}}; }

TEST(RandomWalk, EveryChoice_IsUniform) {
  RandomWalk strategy;
  // Two tasks with one operation and three tasks' orders: 6 equally probable permutations.
  const auto traces = CountTraces(Program{{Steps(1), Steps(1), Steps(1)}}, strategy, 6'000);
  EXPECT_EQ(traces.size(), 6u);
  EXPECT_LT(ChiSquare(traces, 6, 6'000), 20.5);
}

TEST(RandomStrategies, SpuriousWakeup_ComesOnceInSixteenWaits) {
  for (const char* name : {"random", "sticky", "pct", "pos", "surw", "urw", "rff"}) {
    auto strategy = *MakeStrategy(name);
    int woken = 0;
    for (std::uint64_t i = 0; i < 8'000; ++i) {
      woken += RunProgram(Program{{{{OpKind::kWait, 1}}}}, *strategy, MixSeed(3, i)).world.v[7];
    }
    EXPECT_NEAR(woken, 500, 90) << name;
  }
}

TEST(RandomStrategies, NotifiedWaiter_IsUniform) {
  for (const char* name : {"random", "sticky", "pct", "pos", "surw", "urw", "rff"}) {
    auto strategy = *MakeStrategy(name);
    std::map<std::string, int> chosen;
    for (std::uint64_t i = 0; i < 4'000; ++i) {
      const FakeRun run =
          RunProgram(Program{{{{OpKind::kNotifyOne, 4}}}}, *strategy, MixSeed(4, i));
      ++chosen[std::to_string(run.world.v[7])];
    }
    EXPECT_LT(ChiSquare(chosen, 4, 4'000), 16.3) << name;
  }
}

TEST(StickyRandom, SwitchRate_VariesByScheduleAsStated) {
  StickyRandom strategy;
  std::map<std::uint32_t, std::pair<int, int>> stays;  // percent: stays, choices
  for (std::uint64_t i = 0; i < 300; ++i) {
    const FakeRun run = RunProgram(Interleavings(200, 200), strategy, MixSeed(5, i));
    auto& [stayed, choices] = stays[strategy.percent()];
    // While both can go on, and after the first, which stays on task 0.
    for (std::uint64_t j = 1; j < run.summary.choices; ++j) {
      stayed += run.world.trace[j] == run.world.trace[j - 1];
      ++choices;
    }
  }
  ASSERT_EQ(stays.size(), 3u);
  for (const auto& [percent, count] : stays) {
    EXPECT_NEAR(static_cast<double>(count.first) / count.second, percent / 100.0, 0.01);
  }
}

TEST(StickyRandom, Yield_IsNeverStayedOn) {
  StickyRandom strategy;
  Script yielding(20, FakeOp{OpKind::kYield, 0});
  for (std::uint64_t i = 0; i < 50; ++i) {
    const FakeRun run = RunProgram(Program{{yielding, yielding}}, strategy, i);
    for (std::uint64_t j = 1; j < run.summary.choices; ++j) {
      EXPECT_NE(run.world.trace[j], run.world.trace[j - 1]);
    }
  }
}

TEST(Pct, FirstSchedule_OnlyMeasures) {
  Pct strategy(3);
  EXPECT_EQ(strategy.estimated_choices(), 0u);
  const FakeRun run = RunProgram(Interleavings(10, 10), strategy, 1);
  EXPECT_EQ(strategy.depth(), 1u);
  EXPECT_EQ(run.summary.choices, 10u);  // no preemption: the second task runs alone
  EXPECT_EQ(strategy.estimated_choices(), 12u);
  EXPECT_EQ(strategy.estimated_tasks(), 2u);
  RunProgram(Interleavings(10, 10), strategy, 2);
  EXPECT_EQ(strategy.depth(), 3u);
}

TEST(Pct, Depth_IsDrawnFromOneToTen) {
  Pct strategy;
  std::map<std::string, int> depths;
  for (std::uint64_t i = 0; i < 5'001; ++i) {
    RunProgram(Interleavings(20, 20), strategy, MixSeed(6, i));
    if (i > 0) ++depths[std::to_string(strategy.depth())];
  }
  EXPECT_EQ(depths.size(), 10u);
  EXPECT_LT(ChiSquare(depths, 10, 5'000), 27.9);  // 9 degrees of freedom, p = 0.001
}

TEST(Pct, DepthOne_NeverPreempts) {
  Pct strategy(1);
  const auto traces = CountTraces(Interleavings(3, 3), strategy, 1'000);
  EXPECT_EQ(traces.size(), 2u);
  EXPECT_LT(ChiSquare(traces, 2, 1'000), 10.9);
}

TEST(Pct, DepthTwoBug_IsHitAtLeastAsOftenAsGuaranteed) {
  Pct strategy(2);
  const int hits = CountFailures(DepthTwo(), strategy, 4'000);
  const double bound =
      Pct::HitProbability(strategy.estimated_tasks(), strategy.estimated_choices(), 2);
  EXPECT_GT(bound, 0.02);
  EXPECT_GT(hits, 4'000 * bound * 0.9);
}

TEST(Pct, DepthThreeBug_IsHitAtLeastAsOftenAsGuaranteed) {
  Pct strategy(3);
  const int hits = CountFailures(DepthThree(), strategy, 20'000);
  const double bound =
      Pct::HitProbability(strategy.estimated_tasks(), strategy.estimated_choices(), 3);
  EXPECT_GT(bound, 0.002);
  EXPECT_GT(hits, 20'000 * bound * 0.9);
}

TEST(Pct, TaskDemotedLast_MayResumeFirst) {
  // One order of the three tasks' priorities, two change points among at most five steps.
  Pct strategy(3);
  EXPECT_GT(CountFailures(ResumesInOppositeOrder(), strategy, 4'000), 4'000 / (6 * 5 * 5) * 0.9);
  EXPECT_LE(strategy.estimated_choices(), 5u);
}

TEST(Pct, ChangePoints_ReachTheEndOfSchedulesLongerThanExpected) {
  Pct strategy(2);
  RunProgram(Interleavings(4, 4), strategy, 1);
  // Failed schedules teach nothing, so each of these overruns the estimate; the bug is near their
  // end.
  Script writer = Steps(24);
  writer.push_back({OpKind::kSpawn, 2});
  writer.push_back(Step([](World& w) { w.v[0] = 1; }));
  writer.push_back(Step([](World& w) { w.v[0] = 2; }));
  writer.push_back({OpKind::kJoin, 2});
  writer.push_back(Step([](World& w) { w.failed = true; }));
  const Program program{{writer, Steps(50), {Step([](World& w) { w.v[1] = w.v[0] == 1; })}}, 2};
  int hits = 0;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    hits += RunProgram(program, strategy, MixSeed(7, i)).world.v[1];
  }
  EXPECT_LE(strategy.estimated_choices(), 6u);
  EXPECT_GT(hits, 10);
}

// Two tasks that wait in a loop, and one that they wait for.
Program Waiting(OpKind kind) {
  FakeOp wait{kind, 0};
  wait.again = [](const World& w) { return w.v[0] == 0; };
  Script slow = Steps(10);
  slow.push_back(Step([](World& w) { w.v[0] = 1; }));
  return Program{{{wait}, {wait}, slow}};
}

TEST(Pct, TasksThatYield_DoNotStarveTheOneTheyWaitFor) {
  Pct strategy(1);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_LE(RunProgram(Waiting(OpKind::kYield), strategy, i).summary.steps, 200u);
  }
}

TEST(Pct, TasksWhoseWaitsExpire_DoNotStarveTheOneTheyWaitFor) {
  Pct strategy(1);
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_LE(RunProgram(Waiting(OpKind::kSleep), strategy, i).summary.steps, 200u);
  }
}

// It would need to be the lowest for ever, and is not.
TEST(Pct, TaskThatHasYielded_CanStillComeFirst) {
  Script sleeper{{OpKind::kYield, 0}, Step([](World& w) { w.v[0] = 1; })};
  Script other = Steps(5);
  other.push_back(Step([](World& w) { w.failed = w.v[0] == 1; }));
  Pct strategy(1);
  EXPECT_GT(CountFailures(Program{{sleeper, other}}, strategy, 1'000), 100);
}

TEST(FairTail, TaskThatNeverLetsOthersGo_DoesNotStarveThem) {
  FakeOp spin = Step();
  spin.again = [](const World& w) { return w.v[0] == 0; };
  const Program program{{{spin}, {Step([](World& w) { w.v[0] = 1; })}}};
  for (const char* name :
       {"default", "random", "sticky", "pct", "pct:1", "pos", "surw", "urw", "rff"}) {
    auto strategy = *MakeStrategy(name);
    for (std::uint64_t i = 0; i < 200; ++i) {
      EXPECT_LE(RunProgram(program, *strategy, i).summary.steps, i == 0 ? 11'000u : 1'000u) << name;
    }
  }
}

TEST(FairTail, SchedulesThatAreLong_MoveItBack) {
  FairTail strategy(std::make_unique<RandomWalk>());
  RunProgram(Interleavings(2, 2), strategy, 0);
  EXPECT_LE(strategy.begin(), 210u);
  for (std::uint64_t i = 0; i < 20; ++i) RunProgram(Interleavings(500, 500), strategy, i);
  EXPECT_GE(strategy.begin(), 1'000u);
}

TEST(Rotation, Turns_ComeOneAfterAnother) {
  std::vector<std::unique_ptr<Strategy>> strategies;
  strategies.push_back(std::make_unique<RandomWalk>());
  strategies.push_back(std::make_unique<Pos>());
  Rotation rotation(std::move(strategies), {0, 1, 1});
  std::string names;
  for (std::uint64_t i = 0; i < 5; ++i) {
    RunProgram(Interleavings(3, 3), rotation, i);
    names += std::string(rotation.running().name()) + " ";
  }
  EXPECT_EQ(names, "random pos pos random pos ");
}

TEST(Rotation, EndOfSchedule_ReachesTheOneThatRan) {
  std::vector<std::unique_ptr<Strategy>> strategies;
  strategies.push_back(std::make_unique<RandomWalk>());
  strategies.push_back(std::make_unique<Pct>(2));
  const auto& pct = static_cast<const Pct&>(*strategies[1]);
  Rotation rotation(std::move(strategies), {0, 1});
  RunProgram(Interleavings(10, 10), rotation, 1);
  EXPECT_EQ(pct.estimated_choices(), 0u);
  RunProgram(Interleavings(10, 10), rotation, 2);
  EXPECT_EQ(pct.estimated_choices(), 12u);
}

TEST(Pos, TwoTasks_ShowAllInterleavings) {
  Pos strategy;
  EXPECT_EQ(CountTraces(Interleavings(3, 3), strategy, 2'000).size(), 20u);
}

TEST(Pos, RacingPair_IsDecidedAfreshEachTime) {
  // With one score a task, a task whose score is low loses all its races; redrawn, "01" and "10"
  // alternate freely.
  Pos strategy;
  const auto traces = CountTraces(Interleavings(2, 2), strategy, 3'000);
  ASSERT_EQ(traces.size(), 6u);
  for (const auto& [trace, count] : traces) EXPECT_GT(count, 150) << trace;
}

TEST(Pos, OperationThatDoesNotConflictYet_CanStillComeLast) {
  auto store = [](int value) {
    return FakeOp{OpKind::kStore, 99, [=](World& w) { w.v[0] = value; }};
  };
  FakeOp check = store(3);
  check.effect = [](World& w) { w.failed = w.v[0] == 1; };
  Pos strategy;
  const Program program{{{Lock(5), store(1)}, {Lock(5), Unlock(5)}, {check}}};
  EXPECT_GT(CountFailures(program, strategy, 1'000), 50);
}

TEST(Urw, AllInterleavingsOfUnequalTasks_AreEquallyProbable) {
  Surw strategy(Surw::Interest::kEverything);
  CountTraces(Interleavings(2, 6), strategy, 20);  // learns
  const auto traces = CountTraces(Interleavings(2, 6), strategy, 14'000);
  EXPECT_EQ(traces.size(), 28u);
  EXPECT_LT(ChiSquare(traces, 28, 14'000), 55.5);  // 27 degrees of freedom, p = 0.001

  RandomWalk walk;  // the same measure is not met by a walk that does not weigh
  EXPECT_GT(ChiSquare(CountTraces(Interleavings(2, 6), walk, 14'000), 28, 14'000), 1'000);
}

TEST(Urw, WeightOfATask_IncludesWhatItWillSpawn) {
  // Task 0 spawns task 2 with six operations; task 1 has one operation, equally probable at each of
  // the 8 places.
  Surw strategy(Surw::Interest::kEverything);
  Program program{{{{OpKind::kSpawn, 2}}, Steps(1), Steps(6)}, 2};
  CountTraces(program, strategy, 20);
  const auto traces = CountTraces(program, strategy, 8'000);
  EXPECT_EQ(traces.size(), 8u);
  EXPECT_LT(ChiSquare(traces, 8, 8'000), 24.4);  // 7 degrees of freedom, p = 0.001
}

Learner LearningSurw() {
  const auto variables = std::make_shared<SharedVariables>();
  return Learner(std::make_unique<Surw>(Surw::Interest::kOneVariable, variables), variables);
}

TEST(Surw, AccessesToOneObject_AreUniformAmongNoise) {
  // Objects 11 and 12 are private; the order of the accesses to 10 is what counts: 2 against 6, 28
  // orders.
  auto access = [](int task) {
    return FakeOp{OpKind::kAtomicUpdate, 10, [=](World& w) { w.v[0] = w.v[0] * 2 + task; }};
  };
  Script few, many;
  for (int i = 0; i < 2; ++i) few.push_back(access(0));
  for (int i = 0; i < 20; ++i) few.push_back({OpKind::kAtomicUpdate, 11});
  for (int i = 0; i < 6; ++i) {
    many.push_back({OpKind::kAtomicUpdate, 12});
    many.push_back(access(1));
  }
  const Program program{{few, many}};
  Learner strategy = LearningSurw();
  CountTraces(program, strategy, 50);
  std::map<std::string, int> orders;
  for (std::uint64_t i = 0; i < 14'000; ++i) {
    ++orders[std::to_string(RunProgram(program, strategy, MixSeed(8, i)).world.v[0])];
  }
  EXPECT_EQ(orders.size(), 28u);
  EXPECT_LT(ChiSquare(orders, 28, 14'000), 55.5);
}

TEST(Surw, Reorder_IsFoundSoonerThanByTheRandomWalk) {
  // Many tasks set a and then b; the checker must see a set and b not: after the first store of
  // one, and before the second of any.
  const Script setter = {FakeOp{OpKind::kStore, 100, [](World& w) { w.v[0] = 1; }},
                         FakeOp{OpKind::kStore, 101, [](World& w) { w.v[1] = -1; }}};
  Script checker(20, FakeOp{OpKind::kStore, 102});  // it has something else to do first
  checker.push_back(FakeOp{OpKind::kLoad, 100, [](World& w) { w.v[2] = w.v[0]; }});
  checker.push_back(
      FakeOp{OpKind::kLoad, 101, [](World& w) { w.failed = w.v[2] == 1 && w.v[1] == 0; }});
  Program program{{setter, checker}};
  for (int i = 0; i < 20; ++i) program.scripts.push_back(setter);
  Learner surw = LearningSurw();
  RandomWalk walk;
  EXPECT_GT(CountFailures(program, surw, 2'000), 10 + 2 * CountFailures(program, walk, 2'000));
}

TEST(AllStrategies, SameSeedInANewStrategy_IsTheSameSchedule) {
  for (const std::string_view name : StrategyNames()) {
    auto a = *MakeStrategy(name);
    auto b = *MakeStrategy(name);
    for (std::uint64_t i = 0; i < 30; ++i) {
      EXPECT_EQ(RunProgram(Interleavings(9, 7), *a, i).world.trace,
                RunProgram(Interleavings(9, 7), *b, i).world.trace)
          << name;
    }
  }
}

}  // namespace
}  // namespace selvage::schedule
