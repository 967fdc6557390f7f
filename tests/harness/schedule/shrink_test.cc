#include "selvage/harness/schedule/shrink.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "fake_schedule.h"
#include "gtest/gtest.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/harness/schedule/replay.h"

namespace selvage::schedule {
namespace {

// Fails if task 1 looks while task 0 is half done; task 2 and all other steps are noise. One switch
// suffices, but as task 1 looks last, it is a switch at the right step.
Program Noisy() {
  Script writer(8, Step());
  writer.push_back(Step([](World& w) { w.v[0] = 1; }));
  writer.push_back(Step([](World& w) { w.v[0] = 2; }));
  writer.insert(writer.end(), 4, Step());
  Script reader(8, Step());
  reader.push_back(Step([](World& w) { w.failed = w.v[0] == 1; }));
  return Program{{writer, reader, Script(12, Step())}};
}

std::optional<std::vector<Decision>> RunLeniently(const Program& program,
                                                  const std::vector<Decision>& candidate) {
  Replay replay(candidate, Replay::Mode::kLenient);
  FakeRun run = RunProgram(program, replay, 0);
  if (!run.world.failed) return std::nullopt;
  return run.decisions;
}

// Of the `n`-th failing random schedule.
std::vector<Decision> FailingDecisions(const Program& program, int n) {
  RandomWalk walk;
  for (std::uint64_t i = 0;; ++i) {
    FakeRun run = RunProgram(program, walk, MixSeed(9, i));
    if (run.world.failed && n-- == 0) return run.decisions;
  }
}

TEST(Shrink, NoiseSwitches_AreRemoved) {
  const Program program = Noisy();
  std::uint64_t switches = 0;
  for (int n = 0; n < 20; ++n) {
    const std::vector<Decision> failing = FailingDecisions(program, n);
    switches += failing.size();
    const ShrinkResult result =
        Shrink(failing, [&](const std::vector<Decision>& c) { return RunLeniently(program, c); });
    EXPECT_TRUE(result.reproduced);
    EXPECT_TRUE(result.minimal);
    EXPECT_LE(result.decisions.size(), 1u) << "of " << failing.size();
    EXPECT_LE(result.runs, 2'000u);
    EXPECT_TRUE(RunLeniently(program, result.decisions)) << "what is returned must fail";
  }
  EXPECT_GT(switches, 20u * 8);
}

TEST(Shrink, Budget_IsKept) {
  const Program program = Noisy();
  std::uint64_t runs = 0;
  const ShrinkResult result = Shrink(
      FailingDecisions(program, 0),
      [&](const std::vector<Decision>& c) {
        ++runs;
        return RunLeniently(program, c);
      },
      ShrinkLimits{5});
  EXPECT_EQ(result.runs, 5u);
  EXPECT_EQ(runs, 5u);
  EXPECT_FALSE(result.minimal);
  EXPECT_TRUE(RunLeniently(program, result.decisions));
}

TEST(Shrink, FailureThatDoesNotComeBack_IsReturnedAsItWas) {
  const std::vector<Decision> failing = FailingDecisions(Noisy(), 0);
  const ShrinkResult result =
      Shrink(failing, [](const std::vector<Decision>&) { return std::nullopt; });
  EXPECT_FALSE(result.reproduced);
  EXPECT_EQ(result.decisions, failing);
  EXPECT_EQ(result.runs, 1u);
}

TEST(Shrink, DecisionsActuallyMade_ReplaceTheCandidate) {
  // The schedule ignores all but the first two decisions, so dropping anything else leaves a list
  // without the ignored ones.
  std::vector<Decision> failing;
  for (std::uint64_t i = 0; i < 64; ++i) failing.push_back({i, DecisionKind::kTask, 1, {}, false});
  const ShrinkResult result =
      Shrink(failing, [&](const std::vector<Decision>& c) -> std::optional<std::vector<Decision>> {
        if (c.size() < 2 || c[0].index != 0 || c[1].index != 1) return std::nullopt;
        return std::vector<Decision>{c[0], c[1]};
      });
  EXPECT_EQ(result.decisions.size(), 2u);
  EXPECT_LT(result.runs, 30u);
}

TEST(Shrink, PairAtAnyOffset_IsDroppedTogether) {
  // The second and third belong together; the others are needed.
  std::vector<Decision> failing;
  for (std::uint64_t i = 0; i < 5; ++i) failing.push_back({i, DecisionKind::kTask, 1, {}, false});
  const std::vector<Decision> needed = {failing[0], failing[3], failing[4]};
  const ShrinkResult result =
      Shrink(failing, [&](const std::vector<Decision>& c) -> std::optional<std::vector<Decision>> {
        if (c != failing && c != needed) return std::nullopt;
        return c;
      });
  EXPECT_EQ(result.decisions, needed);
}

TEST(Shrink, LongerRecordings_AreNotAccepted) {
  std::vector<Decision> failing(4);
  for (std::uint64_t i = 0; i < 4; ++i) failing[i].index = i;
  const ShrinkResult result =
      Shrink(failing, [](const std::vector<Decision>& c) -> std::optional<std::vector<Decision>> {
        std::vector<Decision> made = c;
        made.resize(6);
        return made;
      });
  EXPECT_EQ(result.decisions.size(), 4u);
}

}  // namespace
}  // namespace selvage::schedule
