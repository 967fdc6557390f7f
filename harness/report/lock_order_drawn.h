// Which edges of a lock graph are drawn, and what is known of each.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_DRAWN_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_DRAWN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

// "`to` was asked for while `from` was held", by any thread.
struct DrawnEdge {
  lockgraph::LockIndex from = 0;
  lockgraph::LockIndex to = 0;
  std::set<lockgraph::ThreadIndex> threads;
  std::uint64_t count = 0;
  // Those of the analysis that it is part of, the strongest first.
  std::vector<std::size_t> cycles;
  std::optional<lockgraph::Verdict> verdict;  // of the strongest

  // "edge-3-4", its id in drawings.
  std::string Id() const;
};

struct DrawnGraph {
  std::vector<DrawnEdge> edges;  // by `from`, then `to`
  std::size_t left_out = 0;      // edges
};

// Graphviz takes seconds for as many, and no reader follows more.
inline constexpr std::size_t kMaxDrawnEdges = 300;

// All edges if they are at most kMaxDrawnEdges; else as many of those of cycles, the strongest
// first. O(n log n).
DrawnGraph EdgesToDraw(const lockgraph::RecordedGraph& graph, const lockgraph::Analysis& analysis);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_DRAWN_H_
