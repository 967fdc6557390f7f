// What strategies promise of the bugs they have not found, held against numbers computed by hand.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "fake_schedule.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/schedule/pct.h"
#include "selvage/harness/schedule/random.h"

namespace selvage::schedule {
namespace {

using runtime::OpKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Two tasks that take ten steps together, whoever takes them: every schedule has ten choices, of
// which PCT expects twelve (1.2 times as many).
Program TenChoices() {
  const FakeOp step{OpKind::kAtomicUpdate, 1, [](World& w) { ++w.v[0]; },
                    [](const World& w) { return w.v[0] < 10; }};
  return Program{{{step}, {step}}};
}

std::string GuaranteeAfter(Strategy& strategy, const Program& program, int schedules) {
  for (int i = 0; i < schedules; ++i) {
    RunProgram(program, strategy, MixSeed(9, static_cast<std::uint64_t>(i)));
  }
  return strategy.Guarantee();
}

// (1 - 1/2)^100 = 7.889e-31.
TEST(PctGuarantee, OfDepthOne_SaysNothingOfDeeperBugs) {
  Pct strategy(1);
  EXPECT_EQ(
      GuaranteeAfter(strategy, TenChoices(), 100),
      "a bug that needs d ordering constraints was missed with probability of at most 7.9e-31 "
      "(d=1)");
}

// The first schedule only measures, and is of depth 1: 1 - 1/2. The hundred others have depth 2:
// (1 - 1/(2 * 12))^100 = 0.01418.
TEST(PctGuarantee, OfDepthTwo_IsThePapersBoundForItsSchedules) {
  Pct strategy(2);
  EXPECT_EQ(GuaranteeAfter(strategy, TenChoices(), 101),
            "a bug that needs d ordering constraints within the first 12 choices was missed with "
            "probability of at most 0.5 (d=1), 0.015 (d=2)");
}

// (1 - 1/(2 * 12^2))^1000 = 0.03086.
TEST(PctGuarantee, OfDepthThree_SaysNothingOfDepthTwo) {
  Pct strategy(3);
  EXPECT_EQ(GuaranteeAfter(strategy, TenChoices(), 1'001),
            "a bug that needs d ordering constraints within the first 12 choices was missed with "
            "probability of at most 0.5 (d=1), 0.031 (d=3)");
}

TEST(PctGuarantee, OfDrawnDepths_CountsEachDepthsOwnSchedules) {
  Pct strategy;
  int ones = 0;
  int twos = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    RunProgram(TenChoices(), strategy, MixSeed(9, i));
    ones += strategy.depth() == 1;
    twos += strategy.depth() == 2;
  }
  ASSERT_GT(twos, 5);
  ASSERT_LT(twos, 50);
  const auto stated = [&](const std::string& depth) {
    const std::string text = strategy.Guarantee();
    const std::size_t end = text.find(" (d=" + depth);
    return std::stod(text.substr(text.rfind(' ', end - 1)));
  };
  const double one = std::pow(0.5, ones);
  EXPECT_GE(stated("1"), one);
  EXPECT_LE(stated("1"), one * 1.1);
  const double two = std::pow(23.0 / 24, twos);
  EXPECT_GE(stated("2"), two);
  EXPECT_LE(stated("2"), two * 1.1);
}

// Of its strategies one makes promises, for one schedule in twelve.
TEST(PctGuarantee, OfTheDefault_IsThatOfItsPctSchedules) {
  Pct alone;
  const auto rotation = *MakeStrategy("default");
  for (std::uint64_t i = 0; i < 1'200; ++i) {
    RunProgram(TenChoices(), *rotation, MixSeed(9, i));
    if (i % 12 == 5) RunProgram(TenChoices(), alone, MixSeed(9, i));
  }
  EXPECT_THAT(rotation->Guarantee(), AllOf(HasSubstr("(d=2)"), testing::Eq(alone.Guarantee())));
}

// Task 1 must look between two steps of task 0: depth 2.
TEST(PctGuarantee, BugThatTheDepthCannotFind_IsNotPromised) {
  Script writer(5, Step());
  writer.push_back(Step([](World& w) { w.v[0] = 1; }));
  writer.push_back(Step([](World& w) { w.v[0] = 2; }));
  const Script reader = {Step([](World& w) { w.failed = w.v[0] == 1; })};
  Pct strategy(1);
  bool found = false;
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    found |= RunProgram(Program{{writer, reader}}, strategy, MixSeed(9, i)).world.failed;
  }
  EXPECT_FALSE(found);
  EXPECT_THAT(strategy.Guarantee(), AllOf(HasSubstr("(d=1)"), Not(HasSubstr("d=2"))));
}

TEST(PctGuarantee, OnceTheSchedulesDepartFromThePaper_IsNone) {
  const FakeOp departures[] = {{OpKind::kYield, 0}, {OpKind::kSleep, 0}, {OpKind::kNotifyOne, 2}};
  for (const FakeOp& departure : departures) {
    Program program = TenChoices();
    for (Script& script : program.scripts) script.insert(script.begin(), departure);
    Pct strategy(2);
    EXPECT_EQ(GuaranteeAfter(strategy, program, 100), "") << static_cast<int>(departure.kind);
  }
}

TEST(PctGuarantee, OfOneTask_IsNone) {
  Pct strategy(2);
  EXPECT_EQ(GuaranteeAfter(strategy, Program{{Script(5, Step())}}, 100), "");
}

TEST(Guarantee, OfStrategiesWithoutABound_IsNone) {
  for (const char* name : {"random", "sticky", "pos", "surw", "urw", "rff"}) {
    const auto strategy = *MakeStrategy(name);
    EXPECT_EQ(GuaranteeAfter(*strategy, TenChoices(), 100), "") << name;
  }
}

}  // namespace
}  // namespace selvage::schedule
