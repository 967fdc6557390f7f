#include "selvage/harness/schedule/random.h"

#include <cstdint>
#include <initializer_list>
#include <set>

#include "gtest/gtest.h"

namespace selvage::schedule {
namespace {

TEST(Random, SplitMix64_MatchesItsReferenceVector) {
  SplitMix64 generator(1234567);
  for (const std::uint64_t expected : std::initializer_list<std::uint64_t>{
           6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u,
           16408922859458223821u}) {
    EXPECT_EQ(generator.Next(), expected);
  }
}

TEST(Random, Xoshiro256PlusPlus_MatchesItsReferenceVector) {
  Random generator = Random::FromState(1, 2, 3, 4);
  for (const std::uint64_t expected : std::initializer_list<std::uint64_t>{
           41943041u, 58720359u, 3588806011781223u, 3591011842654386u, 9228616714210784205u,
           9973669472204895162u, 14011001112246962877u, 12406186145184390807u,
           15849039046786891736u, 10450023813501588000u}) {
    EXPECT_EQ(generator.Next(), expected);
  }
}

TEST(Random, StreamOfASeed_NeverChanges) {
  Random next(42);
  for (const std::uint64_t expected :
       std::initializer_list<std::uint64_t>{15021278609987233951u, 5881210131331364753u,
                                            18149643915985481100u, 12933668939759105464u}) {
    EXPECT_EQ(next.Next(), expected);
  }
  Random below(42);
  for (const std::uint64_t expected :
       std::initializer_list<std::uint64_t>{8u, 3u, 9u, 7u, 7u, 5u, 1u, 6u, 2u, 9u, 5u, 8u}) {
    EXPECT_EQ(below.Below(10), expected);
  }
  // Half of the draws for this bound are redrawn.
  Random redrawn(42);
  for (const std::uint64_t expected :
       std::initializer_list<std::uint64_t>{2940605065665682376u, 9074821957992740550u,
                                            6466834469879552732u, 5581269471817655715u}) {
    EXPECT_EQ(redrawn.Below((std::uint64_t{1} << 63) + 1), expected);
  }
}

TEST(Random, Below_IsUniform) {
  Random random(7);
  int counts[6] = {};
  for (int i = 0; i < 60'000; ++i) ++counts[random.Below(6)];
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  EXPECT_LT(chi_square, 20.5);  // 5 degrees of freedom, p = 0.001
}

TEST(Random, Chance_HasItsProbability) {
  Random random(7);
  int hits = 0;
  for (int i = 0; i < 64'000; ++i) hits += random.Chance(1, 16);
  EXPECT_NEAR(hits, 4'000, 200);
  EXPECT_FALSE(random.Chance(0, 5));
  EXPECT_TRUE(random.Chance(5, 5));
}

TEST(MixSeed, KnownAnswers_NeverChange) {
  EXPECT_EQ(MixSeed(0, 0), 12035550249420947055u);
  EXPECT_EQ(MixSeed(0, 1), 12935080325729570654u);
  EXPECT_EQ(MixSeed(1, 0), 6791897765849424158u);
}

TEST(MixSeed, NeighbouringSeedsAndIndexes_ShareNoSchedule) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (std::uint64_t index = 0; index < 100; ++index) seeds.insert(MixSeed(seed, index));
  }
  EXPECT_EQ(seeds.size(), 10'000u);
}

}  // namespace
}  // namespace selvage::schedule
