// The random numbers of all strategies: xoshiro256++ seeded by SplitMix64.
//
// The stream is part of the harness's contract: a seed means the same schedules on every platform
// and in every release, so nothing here depends on the standard library's distributions. Sources:
// Blackman, Vigna, "Scrambled Linear Pseudorandom Number Generators", TOMS 2021; Steele, Lea,
// Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014; Lemire, "Fast Random
// Integer Generation in an Interval", TOMACS 2019.
#ifndef SELVAGE_HARNESS_SCHEDULE_RANDOM_H_
#define SELVAGE_HARNESS_SCHEDULE_RANDOM_H_

#include <cstdint>

namespace selvage::schedule {

// Weyl sequence through a 64-bit finaliser; each state is visited once in 2^64 calls.
class SplitMix64 {
 public:
  explicit constexpr SplitMix64(std::uint64_t state) : state_(state) {}

  constexpr std::uint64_t Next() { return Mix(state_ += kGamma); }

  // A bijection of the 64-bit numbers in which every input bit reaches every output bit.
  static constexpr std::uint64_t Mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  static constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15u;

 private:
  std::uint64_t state_;
};

// The seed of schedule number `index` of a run with `seed`. Different indexes of one seed give
// different results; the seed is finalised before the index is added, so that neighbouring seeds do
// not walk the same sequence shifted by one.
constexpr std::uint64_t MixSeed(std::uint64_t seed, std::uint64_t index) {
  return SplitMix64::Mix(SplitMix64::Mix(seed + SplitMix64::kGamma) +
                         (index + 1) * SplitMix64::kGamma);
}

// A few nanoseconds a call, no allocation. Not thread-safe.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed = 0) {
    SplitMix64 seeder(seed);
    for (std::uint64_t& word : state_) word = seeder.Next();
  }

  // Starts from a given state, as the authors' reference vectors do. REQUIRES: not all zero.
  static constexpr Random FromState(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                    std::uint64_t d) {
    Random random;
    random.state_[0] = a;
    random.state_[1] = b;
    random.state_[2] = c;
    random.state_[3] = d;
    return random;
  }

  // Uniform over all 64-bit numbers.
  constexpr std::uint64_t Next() {
    const std::uint64_t result = Rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = Rotate(state_[3], 45);
    return result;
  }

  // Uniform over 0 .. bound-1, without bias: the high word of a 128-bit product, redrawn in the
  // rare case that its low word falls below 2^64 mod bound. REQUIRES: bound > 0.
  constexpr std::uint64_t Below(std::uint64_t bound) {
    unsigned __int128 product = static_cast<unsigned __int128>(Next()) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t threshold = (0 - bound) % bound;
      while (static_cast<std::uint64_t>(product) < threshold) {
        product = static_cast<unsigned __int128>(Next()) * bound;
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // True with probability numerator / denominator. REQUIRES: denominator > 0.
  constexpr bool Chance(std::uint64_t numerator, std::uint64_t denominator) {
    return Below(denominator) < numerator;
  }

 private:
  static constexpr std::uint64_t Rotate(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }

  std::uint64_t state_[4] = {};
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_RANDOM_H_
