#include "selvage/harness/report/lock_order_drawn.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace selvage::report {

std::string DrawnEdge::Id() const { return absl::StrCat("edge-", from, "-", to); }

DrawnGraph EdgesToDraw(const lockgraph::RecordedGraph& graph, const lockgraph::Analysis& analysis) {
  std::map<std::pair<lockgraph::LockIndex, lockgraph::LockIndex>, DrawnEdge> edges;
  for (const lockgraph::Dependency& dependency : graph.dependencies) {
    for (const lockgraph::HeldLock& held : dependency.held) {
      DrawnEdge& edge = edges[{held.lock, dependency.target}];
      edge.threads.insert(dependency.thread);
      edge.count += dependency.count;
    }
  }
  const bool too_many = edges.size() > kMaxDrawnEdges;
  std::size_t of_cycles = 0;
  for (std::size_t i = 0; i < analysis.cycles.size(); ++i) {
    const lockgraph::Cycle& cycle = analysis.cycles[i];
    for (const lockgraph::CyclePart& part : cycle.parts) {
      // A wait for a signal is an edge of its own.
      DrawnEdge& edge = edges[{part.holds, part.asks}];
      if (!edge.verdict && too_many && of_cycles == kMaxDrawnEdges) continue;
      if (!edge.verdict) {
        ++of_cycles;
        edge.verdict = cycle.verdict;
      }
      edge.threads.insert(part.thread);
      if (edge.cycles.empty() || edge.cycles.back() != i) edge.cycles.push_back(i);
    }
  }
  DrawnGraph drawn;
  if (too_many) {
    drawn.left_out = std::erase_if(edges, [](const auto& edge) { return !edge.second.verdict; });
  }
  for (auto& [ends, edge] : edges) {
    edge.from = ends.first;
    edge.to = ends.second;
    drawn.edges.push_back(std::move(edge));
  }
  return drawn;
}

}  // namespace selvage::report
