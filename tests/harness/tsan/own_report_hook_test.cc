// A program that has a __tsan::OnReport of its own.

#include <gtest/gtest.h>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/hooks.h"
#include "selvage/tests/harness/tsan/bodies.h"

static int reports = 0;

namespace __tsan {
class ReportDesc;
bool OnReport(const ReportDesc* report, bool suppressed);
bool OnReport(const ReportDesc* report, bool suppressed) {
  ++reports;
  return selvage::tsan::HandleReport(const_cast<ReportDesc*>(report)) || suppressed;
}
}  // namespace __tsan

SELVAGE_OWN_TSAN_REPORT_HOOK();

namespace selvage {
namespace {

TEST(OwnReportHook, RaceOfTasks_ReachesItAndIsAFindingOnceHandedOver) {
  const Result result = Explore(RaceOnAGlobal);
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
  EXPECT_GT(reports, 0);
}

}  // namespace
}  // namespace selvage
