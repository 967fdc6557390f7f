#include "selvage/harness/finding.h"

namespace selvage {

namespace {

struct Naming {
  std::string_view name;
  std::string_view code;
};

constexpr Naming kNamings[kFindingKindCount] = {
    {"data race", "R"},
    {"deadlock", "D"},
    {"leaked lock", "leaked"},
    {"misuse", "M"},
    {"failed expectation", "I"},
    {"unhandled exception", "X"},
    {"crash", "C"},
    {"stuck task", "S"},
    {"livelock", "V"},
    {"unfinished schedule", "U"},
    {"lock-order cycle", "L"},
    {"leaked thread", "T"},
    {"uncontrolled operation", "N"},
};

}  // namespace

std::string_view FindingKindName(FindingKind kind) {
  return kNamings[static_cast<std::size_t>(kind)].name;
}

std::string_view FindingKindCode(FindingKind kind) {
  return kNamings[static_cast<std::size_t>(kind)].code;
}

}  // namespace selvage
