// Hashes that are the same in every process and on every platform.
#ifndef SELVAGE_HARNESS_HASH_H_
#define SELVAGE_HARNESS_HASH_H_

#include <cstdint>
#include <string_view>

#include "selvage/harness/schedule/random.h"

namespace selvage {

// Depends on the order.
constexpr std::uint64_t Combine(std::uint64_t hash, std::uint64_t value) {
  return schedule::SplitMix64::Mix(hash ^ (value + schedule::SplitMix64::kGamma));
}

constexpr std::uint64_t HashText(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = Combine(hash, static_cast<unsigned char>(c));
  return Combine(hash, text.size());
}

}  // namespace selvage

#endif  // SELVAGE_HARNESS_HASH_H_
