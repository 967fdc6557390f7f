// A program that has TSan options of its own.

#include <gtest/gtest.h>

#include <cstdlib>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/hooks.h"
#include "selvage/tests/harness/tsan/bodies.h"

extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() { return "exitcode=77"; }

SELVAGE_OWN_TSAN_DEFAULT_OPTIONS();

namespace selvage {
namespace {

TEST(OwnDefaultOptionsDeathTest, ProgramsOwnOptions_Win) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto race = [] {
    RaceOfOrdinaryThreads();
    std::exit(0);
  };
  EXPECT_EXIT(race(), testing::ExitedWithCode(77), "WARNING: ThreadSanitizer: data race");
}

TEST(OwnDefaultOptions, RaceOfTasks_IsStillAFinding) {
  const Result result = Explore(RaceOnAGlobal);
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
}

}  // namespace
}  // namespace selvage
