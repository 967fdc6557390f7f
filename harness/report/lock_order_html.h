// The lock-order report as a page for a browser.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_HTML_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_HTML_H_

#include <string>

#include "absl/status/statusor.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

// One file that asks for nothing else, and may not: its content security policy forbids it. Drawn
// by Graphviz: Unavailable if that is not there. A graph that it cannot draw in 20 seconds is left
// out, and the page says so. Equal input gives equal bytes from one version of Graphviz.
absl::StatusOr<std::string> LockOrderHtml(const lockgraph::RecordedGraph& graph,
                                          const lockgraph::Analysis& analysis);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_HTML_H_
