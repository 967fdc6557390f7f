// The lock graph as a drawing.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_SVG_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_SVG_H_

#include <string>

#include "absl/status/statusor.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

// LockOrderDot() drawn by Graphviz, as a file of its own. Fails as DrawWithGraphviz() does, after a
// minute at the latest.
absl::StatusOr<std::string> LockOrderSvg(const lockgraph::RecordedGraph& graph,
                                         const lockgraph::Analysis& analysis);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_SVG_H_
