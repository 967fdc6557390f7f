#include "selvage/harness/lockgraph/advice.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace selvage::lockgraph {
namespace {

struct Edge {
  ClassIndex from = 0;
  ClassIndex to = 0;
  std::uint64_t count = 0;
  std::vector<std::uint32_t> cycles;  // ascending
  std::vector<CodePlace> places;
};

constexpr std::size_t kExhaustiveEdges = 60;
constexpr std::size_t kExhaustiveSize = 3;

// Chooses edges that together have every cycle.
class CoveringSet {
 public:
  CoveringSet(const std::vector<Edge>& edges, std::size_t cycles) : edges_(edges), hit_(cycles) {}

  std::vector<std::size_t> Find() {
    if (edges_.size() <= kExhaustiveEdges) {
      for (std::size_t size = 1; size <= kExhaustiveSize; ++size) {
        Choose(0, size);
        if (best_) return best_->second;
      }
    }
    return Greedy();
  }

 private:
  void Choose(std::size_t first, std::size_t size) {
    if (size == 0) {
      if (std::find(hit_.begin(), hit_.end(), 0) != hit_.end()) return;
      std::uint64_t count = 0;
      for (const std::size_t edge : chosen_) count += edges_[edge].count;
      if (!best_ || count < best_->first) best_ = {count, chosen_};
      return;
    }
    for (std::size_t i = first; i < edges_.size(); ++i) {
      chosen_.push_back(i);
      for (const std::uint32_t cycle : edges_[i].cycles) ++hit_[cycle];
      Choose(i + 1, size - 1);
      for (const std::uint32_t cycle : edges_[i].cycles) --hit_[cycle];
      chosen_.pop_back();
    }
  }

  std::vector<std::size_t> Greedy() {
    std::vector<std::size_t> chosen;
    std::size_t left = hit_.size();
    while (left != 0) {
      std::size_t best = 0;
      std::size_t best_gain = 0;
      for (std::size_t i = 0; i < edges_.size(); ++i) {
        const auto gain = static_cast<std::size_t>(
            std::count_if(edges_[i].cycles.begin(), edges_[i].cycles.end(),
                          [&](std::uint32_t cycle) { return hit_[cycle] == 0; }));
        if (gain > best_gain ||
            (gain == best_gain && gain != 0 && edges_[i].count < edges_[best].count)) {
          best = i;
          best_gain = gain;
        }
      }
      if (best_gain == 0) break;
      for (const std::uint32_t cycle : edges_[best].cycles) hit_[cycle] = 1;
      left -= best_gain;
      chosen.push_back(best);
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
  }

  const std::vector<Edge>& edges_;
  std::vector<int> hit_;
  std::vector<std::size_t> chosen_;
  std::optional<std::pair<std::uint64_t, std::vector<std::size_t>>> best_;
};

}  // namespace

std::vector<Turn> FindTurns(const RecordedGraph& graph, const Names& names,
                            const std::vector<Cycle>& cycles) {
  std::map<std::tuple<std::string, std::string, ClassIndex, ClassIndex>, Edge> by_classes;
  std::uint32_t failing = 0;
  for (const Cycle& cycle : cycles) {
    if (!FailsByDefault(cycle.verdict) || cycle.parts.size() < 2) continue;
    // What a thread owes cannot be turned around; what it holds while it waits for a signal can be
    // let go.
    bool any = false;
    for (const CyclePart& part : cycle.parts) {
      if (part.owes) continue;
      any = true;
      const ClassIndex from = graph.locks[part.holds].lock_class;
      const ClassIndex to = graph.locks[part.asks].lock_class;
      Edge& edge = by_classes[{names.Class(from), names.Class(to), from, to}];
      edge.from = from;
      edge.to = to;
      edge.count += part.count;
      if (edge.cycles.empty() || edge.cycles.back() != failing) edge.cycles.push_back(failing);
      const auto add = [&](const CodePlace& place) {
        // One place, however it is come to.
        if (std::none_of(edge.places.begin(), edge.places.end(),
                         [&](const CodePlace& known) { return known.site == place.site; })) {
          edge.places.push_back(place);
        }
      };
      add(part.asked);
      for (const CodePlace& place : part.also) add(place);
    }
    failing += any;
  }
  std::vector<Edge> edges;
  for (auto& [classes, edge] : by_classes) edges.push_back(std::move(edge));
  std::vector<Turn> turns;
  if (failing == 0) return turns;
  for (const std::size_t i : CoveringSet(edges, failing).Find()) {
    turns.push_back(Turn{edges[i].from, edges[i].to, edges[i].places, edges[i].cycles.size()});
  }
  return turns;
}

}  // namespace selvage::lockgraph
