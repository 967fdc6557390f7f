#include "selvage/cases/table.h"

#include <gtest/gtest.h>

#include "selvage/cases/registry.h"

namespace selvage::cases {
namespace {

VariantResult Counter(const char* variant) {
  VariantResult result;
  result.owner = FindCase("counter");
  result.variant = FindVariant(*result.owner, variant);
  result.under_tsan = UnderTsan();
  result.schedules = 10'000;
  return result;
}

Table TableOfCounter() {
  const Case* counter = FindCase("counter");
  return Table(
      {{counter, FindVariant(*counter, "buggy")}, {counter, FindVariant(*counter, "fixed")}});
}

TEST(Thousands, AreSeparatedBySpaces) {
  EXPECT_EQ(Thousands(0), "0");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Thousands(1'000), "1 000");
  EXPECT_EQ(Thousands(12'345'678), "12 345 678");
}

TEST(Table, HasARowForABugThatAppears) {
  if (!UnderTsan()) GTEST_SKIP() << "the column of TSan is wider without it";
  VariantResult result = Counter("buggy");
  result.seen = {FindingKind::kDataRace, FindingKind::kFailedExpectation};
  result.failing = 8'912;
  result.first_failure = 2;
  result.verdict = Verdict::kAppears;
  result.replay = "selvage-cases --replay x";
  EXPECT_EQ(
      TableOfCounter().Header(),
      "case              variant  document  schedules  failing  first at  TSan  kinds  verdict");
  EXPECT_EQ(
      TableOfCounter().Row(result),
      "counter           buggy    000          10 000    8 912         2  yes   R I    bug appears"
      "   replay: selvage-cases --replay x");
}

TEST(Table, HasARowForAFixThatIsClean) {
  VariantResult result = Counter("fixed");
  result.verdict = Verdict::kClean;
  result.walk = Walk{.schedules = 3'741, .preemptions = std::nullopt};
  const std::string row = TableOfCounter().Row(result);
  EXPECT_NE(row.find("10 000        0         -"), std::string::npos) << row;
  EXPECT_NE(row.find("clean (exhaustive: 3 741 schedules)"), std::string::npos) << row;
}

TEST(Table, SaysWhatABuildWithoutTsanCanNotSee) {
  VariantResult result = Counter("buggy");
  result.under_tsan = false;
  EXPECT_NE(TableOfCounter().Row(result).find("not in this build"), std::string::npos);
}

}  // namespace
}  // namespace selvage::cases
