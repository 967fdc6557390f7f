// The lock-order report as SARIF 2.1.0 (OASIS, 2020), for code scanning.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_SARIF_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_SARIF_H_

#include <optional>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/baseline.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

struct LockOrderSarifOptions {
  // Gives each failing cycle its baseline state, and those accepted a suppression with its reason.
  // Of the same analysis, which it points into.
  std::optional<lockgraph::BaselineComparison> baseline;
  std::vector<lockgraph::AcceptedCycle> accepted;
};

// A rule a verdict, a result a cycle or violation, a code flow with a thread flow for each thread
// in which what is held and asked for has the order of a deadlock, and the cycle's fingerprint.
// Cycles that fail are errors, those that are shown notes, harmless ones informational. Paths are
// relative where they lie below the current directory. Equal input gives equal bytes; ends with a
// newline.
std::string LockOrderSarif(const lockgraph::RecordedGraph& graph,
                           const lockgraph::Analysis& analysis,
                           const LockOrderSarifOptions& options = {});

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_SARIF_H_
