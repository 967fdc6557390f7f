// Case: one of the documents' examples, with its buggy and its fixed variants.
#ifndef SELVAGE_CASES_CASE_H_
#define SELVAGE_CASES_CASE_H_

#include <string_view>
#include <vector>

#include "selvage/harness/finding.h"

namespace selvage::cases {

enum class Role { kBuggy, kFixed };

struct Variant {
  // Unique in its case. The first of each role is called "buggy" or "fixed"; others say more, as
  // "fixed_semaphore".
  std::string_view name;
  Role role = Role::kBuggy;
  // What Explore() runs: deterministic but for the schedule, on the project's primitives. What its
  // tasks share is allocated anew each time: TSan disregards reads of memory where it has reported
  // a race (DoReportRace in compiler-rt's tsan_rtl_access.cpp) until it is freed. Each task
  // captures one reference, because loading a capture is a scheduling point as well.
  void (*body)() = nullptr;
  // What exploring it shows, all of it and nothing else; empty for a fixed variant. Increasing.
  std::vector<FindingKind> expected;
};

struct Case {
  std::string_view name;
  // Which documents have the example, by their first three digits; the one that is ported first.
  std::vector<std::string_view> documents;
  // A sentence each.
  std::string_view goes_wrong;
  std::string_view order_of_events;
  std::string_view why_fixed;
  std::vector<Variant> variants;

  // Whether its variants are to be explored with Options::isolate: one of them crashes.
  bool isolated() const;
};

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_CASE_H_
