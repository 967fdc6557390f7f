#include "selvage/harness/nearest.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace selvage {
namespace {

std::string NearestOf(const std::string& text, const std::vector<std::string>& names) {
  return Nearest(text, names);
}

TEST(Nearest, TakesTheFewestEdits) {
  EXPECT_EQ(NearestOf("cuonter", {"pipeline", "counter", "reentry"}), "counter");
  EXPECT_EQ(NearestOf("counter_gi", {"counter", "counter_gil"}), "counter_gil");
}

TEST(Nearest, OfEqualsTakesTheFirst) { EXPECT_EQ(NearestOf("xy", {"xa", "xb"}), "xa"); }

TEST(Nearest, IsEmptyWhereNoneIsNear) {
  EXPECT_EQ(NearestOf("frobnicate", {"report", "merge"}), "");
  EXPECT_EQ(NearestOf("", {"pipeline", "a"}), "");
}

TEST(DidYouMean, IsASentenceOrNothing) {
  const std::vector<std::string> names = {"report", "merge"};
  EXPECT_EQ(DidYouMean("reprot", names), "; did you mean \"report\"?");
  EXPECT_EQ(DidYouMean("reprot", names, "--", ""), "; did you mean --report?");
  EXPECT_EQ(DidYouMean("frobnicate", names), "");
}

TEST(Nearest, IsEmptyWithoutNames) { EXPECT_EQ(NearestOf("counter", {}), ""); }

}  // namespace
}  // namespace selvage
