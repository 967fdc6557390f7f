#include "selvage/harness/report/lock_order_dot.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::report {
namespace {

using lockgraph::Analysis;
using lockgraph::Cycle;
using lockgraph::CyclePart;
using lockgraph::Dependency;
using lockgraph::HeldLock;
using lockgraph::LockIndex;
using lockgraph::Names;
using lockgraph::RecordedGraph;
using lockgraph::Verdict;

constexpr std::size_t kMaxEdges = 2000;

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

struct Arrow {
  std::set<lockgraph::ThreadIndex> threads;
  std::uint64_t count = 0;
  // The strongest verdict of a cycle that has it.
  int verdict = lockgraph::kVerdictCount;
};

class Drawing {
 public:
  Drawing(const RecordedGraph& graph, const Analysis& analysis)
      : graph_(graph), names_(graph), group_(graph.locks.size()) {
    std::iota(group_.begin(), group_.end(), 0u);
    for (const Dependency& d : graph.dependencies) {
      for (const HeldLock& held : d.held) {
        Arrow& arrow = arrows_[{held.lock, d.target}];
        arrow.threads.insert(d.thread);
        arrow.count += d.count;
      }
    }
    for (const Cycle& cycle : analysis.cycles) {
      for (const CyclePart& part : cycle.parts) {
        Arrow& arrow = arrows_[{part.holds, part.asks}];
        arrow.verdict = std::min(arrow.verdict, static_cast<int>(cycle.verdict));
        arrow.threads.insert(part.thread);
        in_cycle_.insert(part.holds);
        Unite(part.holds, part.asks);
      }
    }
    if (arrows_.size() > kMaxEdges) {
      left_out_ = std::erase_if(arrows_, [](const auto& arrow) {
        return arrow.second.verdict == lockgraph::kVerdictCount;
      });
    }
  }

  std::string Draw() {
    Line("digraph lock_order {");
    Line("  rankdir=LR;");
    Line("  node [shape=box, fontname=\"sans-serif\"];");
    Line("  edge [fontname=\"sans-serif\", fontsize=10];");
    if (left_out_ != 0) {
      Line("  label=", Quoted(absl::StrCat(left_out_, " edges of no cycle are left out")), ";");
    }
    std::set<LockIndex> nodes, holders;
    for (const auto& [ends, arrow] : arrows_) {
      nodes.insert({ends.first, ends.second});
      holders.insert(ends.first);
    }
    std::map<LockIndex, std::vector<LockIndex>> clusters;
    for (const LockIndex lock : in_cycle_) clusters[Find(lock)].push_back(lock);
    int number = 0;
    for (const auto& [representative, locks] : clusters) {
      Line("  subgraph cluster_", number, " {");
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
    for (const auto& [ends, arrow] : arrows_) Edge(ends.first, ends.second, arrow);
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
         "];");
  }

  void Edge(LockIndex from, LockIndex to, const Arrow& arrow) {
    std::string style;
    if (arrow.verdict < lockgraph::kVerdictCount) {
      const auto verdict = static_cast<Verdict>(arrow.verdict);
      style = lockgraph::FailsByDefault(verdict) ? ", color=red, penwidth=2" : ", style=dashed";
      absl::StrAppend(&style, ", tooltip=", Quoted(lockgraph::VerdictName(verdict)));
    }
    std::string label = names_.Thread(*arrow.threads.begin());
    if (arrow.threads.size() > 1) absl::StrAppend(&label, " +", arrow.threads.size() - 1);
    if (arrow.count > 1) absl::StrAppend(&label, "\n", arrow.count, " times");
    Line("  n", from, " -> n", to, " [label=", Quoted(label), style, "];");
  }

  const RecordedGraph& graph_;
  const Names names_;
  std::vector<LockIndex> group_;
  std::map<std::pair<LockIndex, LockIndex>, Arrow> arrows_;
  std::set<LockIndex> in_cycle_;
  std::size_t left_out_ = 0;
  std::string out_;
};

}  // namespace

std::string LockOrderDot(const RecordedGraph& graph, const Analysis& analysis) {
  return Drawing(graph, analysis).Draw();
}

}  // namespace selvage::report
