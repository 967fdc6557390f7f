// A program that has a __tsan_on_report of its own.

#include <gtest/gtest.h>

#include <cstdlib>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/tsan/bodies.h"

static int reports = 0;

// Named by TSan (sanitizer/tsan_interface.h).
extern "C" void __tsan_on_report(void* report);
extern "C" void __tsan_on_report(void* report) {
  if (report != nullptr) ++reports;
}

namespace selvage {
namespace {

TEST(OwnOnReport, RaceOfTasks_IsAFindingAndReachesTheHook) {
  reports = 0;
  const Result result = Explore(RaceOnAGlobal);
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
  EXPECT_GE(reports, static_cast<int>(result.races));
  EXPECT_GT(reports, 0);
}

TEST(OwnOnReportDeathTest, RaceOfOrdinaryThreads_ReachesTheHook) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto race = [] {
    Explore(OrderedByALock);
    reports = 0;
    RaceOfOrdinaryThreads();
    std::_Exit(reports == 1 ? 0 : 1);
  };
  EXPECT_EXIT(race(), testing::ExitedWithCode(0), "WARNING: ThreadSanitizer: data race");
}

}  // namespace
}  // namespace selvage
