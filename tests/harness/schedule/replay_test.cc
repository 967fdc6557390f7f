#include "selvage/harness/schedule/replay.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fake_schedule.h"
#include "gtest/gtest.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/schedule/random.h"

namespace selvage::schedule {
namespace {

using runtime::OpKind;

// A bit of everything: locks, a task spawned on the way, timed waits, values, yields.
Program Mixture() {
  Program program;
  program.scripts = {
      {Step(),
       {OpKind::kSpawn, 3},
       Lock(9),
       {OpKind::kNotifyOne, 3},
       Unlock(9),
       {OpKind::kJoin, 3}},
      {{OpKind::kSleep, 0}, Lock(9), {OpKind::kWait, 4}, Unlock(9), Step()},
      {{OpKind::kYield, 0}, {OpKind::kLoad, 50}, {OpKind::kStore, 50}, {OpKind::kNotifyOne, 2}},
      {{OpKind::kLoad, 50}, Lock(9), {OpKind::kStore, 50}, Unlock(9)}};
  program.initial = 3;
  return program;
}

Program LoadAndLock() { return Program{{{Step(), Step()}, {{OpKind::kLoad, 3}}, {Lock(4)}}}; }

Decision Pick(std::uint64_t index, std::uint32_t task, OpKind op, bool expired = false) {
  return Decision{index, DecisionKind::kTask, task, op, expired};
}

std::string DivergenceOf(const Program& program, std::vector<Decision> decisions) {
  Replay replay(std::move(decisions));
  RunProgram(program, replay, 0);
  return replay.divergence() ? replay.divergence()->what : "";
}

TEST(Replay, DecisionsOfAnyStrategy_ReproduceItsSchedules) {
  for (const std::string_view name : StrategyNames()) {
    auto strategy = *MakeStrategy(name);
    for (std::uint64_t i = 0; i < 200; ++i) {
      const FakeRun original = RunProgram(Mixture(), *strategy, MixSeed(1, i));
      Replay replay(original.decisions);
      const FakeRun again = RunProgram(Mixture(), replay, 0);
      EXPECT_EQ(again.world.trace, original.world.trace) << name;
      EXPECT_EQ(again.decisions, original.decisions) << name;
      EXPECT_FALSE(replay.divergence()) << name << ": " << replay.divergence()->what;
      EXPECT_EQ(replay.followed(), original.decisions.size());
    }
  }
}

TEST(Replay, NoDecisions_IsThePlainestSchedule) {
  Replay replay({});
  EXPECT_EQ(RunProgram(LoadAndLock(), replay, 0).world.trace, "0012");
  EXPECT_FALSE(replay.divergence());
}

TEST(Replay, OtherOperation_IsNamedWithItsStep) {
  Replay replay({Pick(0, 1, OpKind::kLoad), Pick(1, 2, OpKind::kLoad)});
  EXPECT_EQ(RunProgram(LoadAndLock(), replay, 0).world.trace, "1002");
  ASSERT_TRUE(replay.divergence());
  EXPECT_EQ(replay.divergence()->what,
            "at step 1 the token lets task 2 load, but task 2 is about to lock");
  EXPECT_EQ(replay.divergence()->step, 1u);
  EXPECT_EQ(replay.divergence()->choice, 1u);
  EXPECT_EQ(replay.followed(), 1u);
}

TEST(Replay, AfterADivergence_ThePlainestChoicesFollow) {
  Replay replay({Pick(0, 2, OpKind::kLoad), Pick(1, 1, OpKind::kLoad)});
  EXPECT_EQ(RunProgram(LoadAndLock(), replay, 0).world.trace, "0012");
}

TEST(Replay, TaskThatDoesNotExist_IsADivergence) {
  EXPECT_EQ(DivergenceOf(LoadAndLock(), {Pick(0, 7, OpKind::kLoad)}),
            "at step 0 the token lets task 7 load, but there is no task 7");
}

TEST(Replay, TaskThatIsBlocked_IsADivergence) {
  const Program program{{{Lock(4), Step(), Unlock(4)}, {Lock(4)}, {Step(), Step()}}};
  EXPECT_EQ(DivergenceOf(program, {Pick(1, 1, OpKind::kLock)}),
            "at step 1 the token lets task 1 lock, but task 1 cannot go on");
}

TEST(Replay, ExpiryThatIsNone_IsADivergence) {
  EXPECT_EQ(DivergenceOf(LoadAndLock(), {Pick(0, 1, OpKind::kLoad, true)}),
            "at step 0 the token lets the timed wait of task 1 (load) expire, but task 1 need not "
            "wait any longer");
  EXPECT_EQ(
      DivergenceOf(Program{{{Step()}, {{OpKind::kSleep, 0}}}}, {Pick(0, 1, OpKind::kSleep)}),
      "at step 0 the token lets task 1 sleep, but task 1 could only let its timed wait expire");
}

TEST(Replay, ValueWhereATaskIsChosen_IsADivergence) {
  EXPECT_EQ(
      DivergenceOf(LoadAndLock(), {{0, DecisionKind::kNotifiedWaiter, 1, OpKind::kStart, false}}),
      "at step 0 the token wakes waiter number 1, but the schedule asks which task runs next");
}

TEST(Replay, TaskWhereAValueIsChosen_IsADivergence) {
  EXPECT_EQ(
      DivergenceOf(Program{{{{OpKind::kNotifyOne, 3}}}}, {Pick(0, 1, OpKind::kLock)}),
      "at step 0 the token lets task 1 lock, but the schedule asks which of 3 waiters to wake");
}

TEST(Replay, OtherKindOfValue_IsADivergence) {
  EXPECT_EQ(DivergenceOf(Program{{{{OpKind::kWait, 3}}}},
                         {{0, DecisionKind::kNotifiedWaiter, 1, OpKind::kStart, false}}),
            "at step 0 the token wakes waiter number 1, but the schedule asks whether a wait wakes "
            "spuriously");
}

TEST(Replay, ValueOutOfBound_IsADivergence) {
  EXPECT_EQ(DivergenceOf(Program{{{{OpKind::kNotifyOne, 3}}}},
                         {{0, DecisionKind::kNotifiedWaiter, 3, OpKind::kStart, false}}),
            "at step 0 the token wakes waiter number 3, but there are only 3");
}

TEST(Replay, DecisionsLeftOver_AreADivergence) {
  EXPECT_EQ(DivergenceOf(LoadAndLock(), {Pick(50, 1, OpKind::kLoad), Pick(51, 2, OpKind::kLock)}),
            "at step 4 the token lets task 1 load, but the schedule is over; decisions left: 2");
}

TEST(Replay, DecisionsOutOfOrder_AreADivergence) {
  EXPECT_EQ(DivergenceOf(LoadAndLock(), {Pick(1, 1, OpKind::kLoad), Pick(1, 2, OpKind::kLock)}),
            "at step 2 the token lets task 2 lock, but its choice, number 1, is already made");
}

TEST(Replay, LenientMode_PassesOverWhatDoesNotFit) {
  Replay replay({Pick(0, 2, OpKind::kLoad), Pick(1, 7, OpKind::kLoad), Pick(2, 2, OpKind::kLock),
                 Pick(90, 1, OpKind::kLoad)},
                Replay::Mode::kLenient);
  // Task 0 twice, because the first two do not fit; then task 2 before task 1.
  EXPECT_EQ(RunProgram(LoadAndLock(), replay, 0).world.trace, "0021");
  EXPECT_FALSE(replay.divergence());
  EXPECT_EQ(replay.followed(), 1u);
}

TEST(Replay, SecondSchedule_StartsAfresh) {
  Replay replay({Pick(0, 2, OpKind::kLoad)});
  RunProgram(LoadAndLock(), replay, 0);
  ASSERT_TRUE(replay.divergence());
  RunProgram(Program{{{Step()}, {Step()}, {{OpKind::kLoad, 3}}}}, replay, 0);
  EXPECT_FALSE(replay.divergence());
}

}  // namespace
}  // namespace selvage::schedule
