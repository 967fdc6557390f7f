// The lock graph as a drawing, in Graphviz's language.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_DOT_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_DOT_H_

#include <string>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

// Locks as nodes, "held while asking for" as edges. Components with cycles are clusters; edges of
// cycles that fail are red and thick, those of cycles judged otherwise dashed; locks while holding
// which nothing is asked for stand last. Of a large graph only what EdgesToDraw() chooses. Ids are
// "lock-3" and "edge-3-4", by the indices of the graph. Ends with a newline.
std::string LockOrderDot(const lockgraph::RecordedGraph& graph,
                         const lockgraph::Analysis& analysis);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_DOT_H_
