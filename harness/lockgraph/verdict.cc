#include "selvage/harness/lockgraph/verdict.h"

namespace selvage::lockgraph {
namespace {

constexpr const char* kNames[kVerdictCount] = {
    "OCCURRED",       "CONFIRMED", "FEASIBLE", "HAZARD",  "COMMUNICATION", "ORDERED_OBSERVED",
    "INITIALIZATION", "TIMED",     "GUARDED",  "ORDERED", "SINGLE_THREAD"};

}  // namespace

const char* VerdictName(Verdict verdict) {
  const auto index = static_cast<unsigned>(verdict);
  return index < kVerdictCount ? kNames[index] : "UNKNOWN";
}

std::optional<Verdict> VerdictFromName(std::string_view name) {
  for (int i = 0; i < kVerdictCount; ++i) {
    if (name == kNames[i]) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

}  // namespace selvage::lockgraph
