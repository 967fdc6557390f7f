// Findings that are known and accepted for a while.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_BASELINE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_BASELINE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "selvage/harness/lockgraph/analysis.h"

namespace selvage::lockgraph {

// One accepted cycle.
struct AcceptedCycle {
  std::string fingerprint;
  std::string owner;
  absl::CivilDay expires;  // the last day on which it is accepted
  std::string reason;
  int line = 0;  // in the baseline file
};

// Text, one entry a line: FINGERPRINT OWNER YYYY-MM-DD REASON; "#" begins a comment line.
// InvalidArgument, naming the line, for anything else, and for a fingerprint given twice.
absl::StatusOr<std::vector<AcceptedCycle>> ParseBaseline(std::string_view text);

// Lines that accept all failing cycles of `analysis`, for a person to give reasons to.
std::string FormatBaseline(const Analysis& analysis, const std::string& owner,
                           absl::CivilDay expires);

struct BaselineComparison {
  std::vector<const Cycle*> unaccepted;  // failing cycles that are not in the baseline
  std::vector<const Cycle*> accepted;
  // Entries that are no good, in words, with their lines: expired, or of a cycle that was not found
  // any more.
  std::vector<std::string> stale;

  bool Passes() const { return unaccepted.empty() && stale.empty(); }
};

// An occurrence is never accepted: it stops the program. Pointers are into `analysis`.
BaselineComparison Compare(const std::vector<AcceptedCycle>& baseline, const Analysis& analysis,
                           absl::CivilDay today);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_BASELINE_H_
