// The walk that leaves out what is equivalent, against the one that leaves out nothing.

#include <gtest/gtest.h>

#include <string>

#include "selvage/tests/harness/schedule/walks/random_program.h"
#include "selvage/tests/harness/schedule/walks/walk_all.h"

namespace selvage::schedule {
namespace {

constexpr int kPrograms = 80;
// A program with more is not compared.
constexpr std::uint64_t kMostPlain = 3'000;

enum class Settings { kPlain, kSpurious, kEarly };

struct Kind {
  const char* name;
  Flavour flavour;
  Settings settings;
  bool has_times = false;
};

class RandomPrograms : public testing::TestWithParam<Kind> {};

TEST_P(RandomPrograms, HaveTheBehavioursAndClassesOfTheWalkThroughAll) {
  ScheduleSettings settings = TestSettings();
  if (GetParam().settings == Settings::kSpurious) settings.spurious_wakeups = 1;
  settings.early_timeouts = GetParam().settings == Settings::kEarly;
  int compared = 0;
  for (int seed = 1; seed <= kPrograms; ++seed) {
    const RandomProgram program = DrawProgram(GetParam().flavour, seed);
    const Body body = BodyOf(program);
    const Walked plain = WalkAll<PlainWalk>(body, settings, kMostPlain);
    if (!plain.complete) continue;
    const Walked reduced = WalkAll<Dpor>(body, settings, 2 * kMostPlain);
    const std::string what = std::to_string(seed) + ": " + program.Text();
    EXPECT_EQ(reduced.nondeterminism, "") << what;
    if (reduced.doubtful) continue;
    EXPECT_TRUE(reduced.complete) << what;
    EXPECT_EQ(reduced.behaviours, plain.behaviours) << what;
    EXPECT_EQ(reduced.classes, plain.classes) << what;
    // With timed waits some are run twice.
    EXPECT_GE(reduced.walked, plain.classes.size()) << what;
    if (!GetParam().has_times) {
      EXPECT_EQ(reduced.walked, plain.classes.size()) << what;
    }
    if (HasFailure()) return;
    ++compared;
  }
  EXPECT_GE(compared, kPrograms / 10);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RandomPrograms,
    testing::Values(Kind{"Memory", Flavour::kMemory, Settings::kPlain},
                    Kind{"Locks", Flavour::kLocks, Settings::kPlain},
                    Kind{"Semaphores", Flavour::kSemaphores, Settings::kPlain},
                    Kind{"Conditions", Flavour::kConditions, Settings::kPlain},
                    Kind{"SpuriousWakeups", Flavour::kConditions, Settings::kSpurious},
                    Kind{"Times", Flavour::kTimes, Settings::kPlain, true},
                    Kind{"EarlyTimeouts", Flavour::kTimes, Settings::kEarly, true},
                    Kind{"All", Flavour::kAll, Settings::kSpurious, true},
                    Kind{"AllEarly", Flavour::kAll, Settings::kEarly, true}),
    [](const testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace selvage::schedule
