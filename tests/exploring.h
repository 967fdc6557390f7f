// What tests that explore have in common: options for exhaustive proofs, and what a result says.
// Public headers only.
#ifndef SELVAGE_TESTS_EXPLORING_H_
#define SELVAGE_TESTS_EXPLORING_H_

#include <functional>
#include <string>

#include "selvage/harness/explore.h"

namespace selvage {

// Every schedule there is, or with at most so many preemptions. Timed waits expire only when nobody
// else can run and nothing wakes spuriously, unless a test asks for that: so the trees are small.
// What locks could do in other runs is not asked.
inline Options Exhaustively(int preemptions = -1) {
  Options options;
  options.strategy = preemptions < 0 ? "exhaustive" : "exhaustive:" + std::to_string(preemptions);
  options.schedules = 500'000;
  options.early_timeouts = false;
  options.lock_order = false;
  options.spurious_wakeups = 0;
  return options;
}

// The same, but tasks switch where they use a primitive only: how many loads and stores a compiler
// makes of a body plays no part.
inline Options ExhaustivelyAtPrimitives() {
  Options options = Exhaustively();
  options.memory_points = false;
  return options;
}

// Whether every schedule was walked and none had a finding.
inline bool Proven(const Result& result) { return result.ok() && result.exhausted; }

// The first finding of this kind, or an empty one.
inline Finding FindingOf(const Result& result, FindingKind kind) {
  for (const Finding& finding : result.findings) {
    if (finding.kind == kind) return finding;
  }
  return {};
}

// Whether it says `summary` of this kind, and nothing else is wrong.
inline bool OnlyFinding(const Result& result, FindingKind kind, const std::string& summary) {
  return result.error.empty() && result.findings.size() == 1 && result.findings[0].kind == kind &&
         result.findings[0].summary.find(summary) != std::string::npos;
}

}  // namespace selvage

#endif  // SELVAGE_TESTS_EXPLORING_H_
