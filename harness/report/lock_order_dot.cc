#include "selvage/harness/report/lock_order_dot.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_drawn.h"

namespace selvage::report {
namespace {

using lockgraph::Analysis;
using lockgraph::LockIndex;
using lockgraph::Names;
using lockgraph::RecordedGraph;

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '&') {
      quoted += "&amp;";  // a label may have HTML's entities
    } else {
      quoted += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return quoted + "\"";
}

class Drawing {
 public:
  Drawing(const RecordedGraph& graph, const Analysis& analysis)
      : graph_(graph),
        names_(graph),
        drawn_(EdgesToDraw(graph, analysis)),
        group_(graph.locks.size()) {
    std::iota(group_.begin(), group_.end(), 0u);
    for (const DrawnEdge& edge : drawn_.edges) {
      if (!edge.verdict) continue;
      in_cycle_.insert({edge.from, edge.to});
      Unite(edge.from, edge.to);
    }
  }

  std::string Draw() {
    Line("digraph lock_order {");
    Line("  graph [rankdir=LR, fontname=\"Helvetica\", fontsize=11, nodesep=0.4, ranksep=0.9];");
    Line("  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f7f7f8\", color=\"#8a8f98\",",
         " fontname=\"Helvetica\", fontsize=12, margin=\"0.18,0.08\"];");
    Line("  edge [fontname=\"Helvetica\", fontsize=10, color=\"#6b7280\", arrowsize=0.8];");
    if (drawn_.left_out != 0) {
      Line("  label=", Quoted(absl::StrCat(drawn_.left_out, " edges are left out")), ";");
    }
    std::set<LockIndex> nodes, holders;
    for (const DrawnEdge& edge : drawn_.edges) {
      nodes.insert({edge.from, edge.to});
      holders.insert(edge.from);
    }
    std::map<LockIndex, std::vector<LockIndex>> clusters;
    for (const LockIndex lock : in_cycle_) clusters[Find(lock)].push_back(lock);
    int number = 0;
    for (const auto& [representative, locks] : clusters) {
      Line("  subgraph cluster_", number, " {");
      Line("    style=rounded; color=\"#c9ccd2\";");
      Line("    label=", Quoted(absl::StrCat("component ", number + 1)), ";");
      for (const LockIndex lock : locks) Node("    ", lock);
      Line("  }");
      ++number;
    }
    for (const LockIndex lock : nodes) {
      if (!in_cycle_.contains(lock) && holders.contains(lock)) Node("  ", lock);
    }
    Line("  { rank=sink;");
    for (const LockIndex lock : nodes) {
      if (!in_cycle_.contains(lock) && !holders.contains(lock)) Node("    ", lock);
    }
    Line("  }");
    for (const DrawnEdge& edge : drawn_.edges) Edge(edge);
    Line("}");
    return std::move(out_);
  }

 private:
  template <typename... Parts>
  void Line(const Parts&... parts) {
    absl::StrAppend(&out_, parts..., "\n");
  }

  LockIndex Find(LockIndex lock) {
    while (group_[lock] != lock) lock = group_[lock] = group_[group_[lock]];
    return lock;
  }
  void Unite(LockIndex a, LockIndex b) {
    a = Find(a);
    b = Find(b);
    group_[std::max(a, b)] = std::min(a, b);
  }

  void Node(const char* indent, LockIndex lock) {
    const bool waits = lockgraph::IsSignal(graph_.classes[graph_.locks[lock].lock_class].kind);
    Line(indent, "n", lock, " [label=", Quoted(names_.Lock(lock)), waits ? ", shape=ellipse" : "",
         ", id=\"lock-", lock, "\"];");
  }

  void Edge(const DrawnEdge& edge) {
    std::string style;
    if (edge.verdict) {
      const bool fails = lockgraph::FailsByDefault(*edge.verdict);
      absl::StrAppend(&style, fails ? ", color=red, penwidth=2" : ", style=dashed",
                      ", tooltip=", Quoted(lockgraph::VerdictName(*edge.verdict)),
                      ", class=", fails ? "fails" : "harmless");
    }
    std::string label = names_.Thread(*edge.threads.begin());
    if (edge.threads.size() > 1) absl::StrAppend(&label, " +", edge.threads.size() - 1);
    if (edge.count > 1) absl::StrAppend(&label, "\n", edge.count, " times");
    Line("  n", edge.from, " -> n", edge.to, " [label=", Quoted(label), style, ", id=\"", edge.Id(),
         "\"];");
  }

  const RecordedGraph& graph_;
  const Names names_;
  const DrawnGraph drawn_;
  std::vector<LockIndex> group_;
  std::set<LockIndex> in_cycle_;
  std::string out_;
};

}  // namespace

std::string LockOrderDot(const RecordedGraph& graph, const Analysis& analysis) {
  return Drawing(graph, analysis).Draw();
}

}  // namespace selvage::report
