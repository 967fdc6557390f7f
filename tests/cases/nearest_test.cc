#include "selvage/cases/nearest.h"

#include <gtest/gtest.h>

namespace selvage::cases {
namespace {

TEST(NearestName, TakesTheFewestEdits) {
  EXPECT_EQ(NearestName("cuonter", {"pipeline", "counter", "reentry"}), "counter");
  EXPECT_EQ(NearestName("counter_gi", {"counter", "counter_gil"}), "counter_gil");
  EXPECT_EQ(NearestName("", {"pipeline", "a"}), "a");
}

TEST(NearestName, OfEqualsTakesTheFirst) { EXPECT_EQ(NearestName("x", {"a", "b"}), "a"); }

TEST(NearestName, IsEmptyWithoutNames) { EXPECT_EQ(NearestName("counter", {}), ""); }

}  // namespace
}  // namespace selvage::cases
