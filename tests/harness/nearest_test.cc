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
  EXPECT_EQ(NearestOf("", {"pipeline", "a"}), "a");
}

TEST(Nearest, OfEqualsTakesTheFirst) { EXPECT_EQ(NearestOf("x", {"a", "b"}), "a"); }

TEST(Nearest, IsEmptyWithoutNames) { EXPECT_EQ(NearestOf("counter", {}), ""); }

}  // namespace
}  // namespace selvage
