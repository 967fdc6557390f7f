#include "selvage/harness/behaviours.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace selvage {
namespace {

// Hashes, as Identify() gives them.
std::uint64_t Behaviour(std::uint64_t n) { return n * 0x9e3779b97f4a7c15u; }

TEST(Behaviours, UnseenMass_IsThatOfThoseSeenOnce) {
  Behaviours behaviours;
  for (const std::uint64_t n : {1, 2, 2, 3, 3, 3, 4, 5}) behaviours.Add(Behaviour(n));
  EXPECT_EQ(behaviours.distinct(), 5U);
  EXPECT_DOUBLE_EQ(behaviours.UnseenMass(), 3.0 / 8);
}

TEST(Behaviours, SeenOftenEach_LeaveNothingUnseen) {
  Behaviours behaviours;
  for (std::uint64_t i = 0; i < 10'000; ++i) behaviours.Add(Behaviour(i % 100));
  EXPECT_EQ(behaviours.distinct(), 100U);
  EXPECT_EQ(behaviours.UnseenMass(), 0.0);
}

// Every schedule shows a new one, so the next will.
TEST(Behaviours, MoreThanAreCounted_DoNotLowerTheUnseenMass) {
  Behaviours behaviours;
  for (std::uint64_t i = 0; i < 60'000; ++i) behaviours.Add(Behaviour(i));
  EXPECT_FALSE(behaviours.counts_a_part());
  EXPECT_EQ(behaviours.UnseenMass(), 1.0);
  for (std::uint64_t i = 60'000; i < 2'000'000; ++i) behaviours.Add(Behaviour(i));
  EXPECT_TRUE(behaviours.counts_a_part());
  EXPECT_NEAR(behaviours.UnseenMass(), 1.0, 0.03);
  EXPECT_NEAR(static_cast<double>(behaviours.distinct()), 2e6, 0.03 * 2e6);
}

// Half of the schedules show one of four behaviours, the others one that nobody saw before.
TEST(Behaviours, MoreThanAreCounted_KeepTheirShare) {
  Behaviours behaviours;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    behaviours.Add(Behaviour(i % 2 == 0 ? 10'000'000 + i % 8 : i));
  }
  EXPECT_NEAR(behaviours.UnseenMass(), 0.5, 0.02);
}

// Each of 200,000 is seen twice.
TEST(Behaviours, MoreThanAreCountedSeenAgain_LeaveNothingUnseen) {
  Behaviours behaviours;
  for (std::uint64_t i = 0; i < 400'000; ++i) behaviours.Add(Behaviour(i % 200'000));
  EXPECT_EQ(behaviours.UnseenMass(), 0.0);
  EXPECT_NEAR(static_cast<double>(behaviours.distinct()), 2e5, 0.03 * 2e5);
}

}  // namespace
}  // namespace selvage
