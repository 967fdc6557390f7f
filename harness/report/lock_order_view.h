// The lock-order report as the page needs it: names instead of indices, and only what it shows.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_VIEW_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_VIEW_H_

#include <string>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/report/lock_order_drawn.h"

namespace selvage::report {

// Of each edge that is drawn at most so many requests are shown.
inline constexpr std::size_t kMaxRequestsShown = 20;

// JSON, safe inside <script>: it has no "<". What it says is described in page/model.js. Its size
// is linear in the cycles and in `drawn`, not in the graph.
std::string LockOrderView(const lockgraph::RecordedGraph& graph,
                          const lockgraph::Analysis& analysis, const DrawnGraph& drawn);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_VIEW_H_
