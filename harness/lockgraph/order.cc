#include "selvage/harness/lockgraph/order.h"

#include <tuple>

namespace selvage::lockgraph {

namespace {

// Entries of what is remembered, in all; 4 bytes each.
constexpr std::size_t kMostRemembered = 4 << 20;

}  // namespace

Order::Order(const RecordedGraph& graph) : graph_(graph), children_(graph.threads.size()) {
  for (ThreadIndex i = 0; i < graph.threads.size(); ++i) {
    const ThreadIndex parent = graph.threads[i].parent;
    if (parent != kNone) children_[parent].push_back(i);
  }
}

// What follows for sure: the rest of the thread; the whole life of each thread that it forks from
// there on; and from the join of any of these on, the rest of the joiner, with what follows that.
const Order::Reach& Order::After(ThreadIndex thread, std::uint32_t strong) const {
  if ((reached_.size() + 1) * graph_.threads.size() > kMostRemembered) reached_.clear();
  const auto [known, added] = reached_.try_emplace(std::uint64_t{thread} << 32 | strong);
  Reach& reach = known->second;
  if (!added) return reach;
  reach.assign(graph_.threads.size(), kNone);
  std::vector<ThreadIndex> pending;
  const auto visit = [&](ThreadIndex next, std::uint32_t from) {
    if (from >= reach[next]) return;
    reach[next] = from;
    pending.push_back(next);
  };
  visit(thread, strong);
  while (!pending.empty()) {
    const ThreadIndex here = pending.back();
    pending.pop_back();
    for (const ThreadIndex child : children_[here]) {
      if (graph_.threads[child].forked_at >= reach[here]) visit(child, 0);
    }
    const Thread& ending = graph_.threads[here];
    if (ending.joiner != kNone) visit(ending.joiner, ending.joined_at);
  }
  return reach;
}

bool Order::StronglyBefore(ThreadIndex a, std::uint32_t at_a, ThreadIndex b,
                           std::uint32_t at_b) const {
  return a != b && After(a, at_a)[b] <= at_b;
}

bool Order::Before(ThreadIndex a, const Moment& at_a, ThreadIndex b, const Moment& at_b) const {
  if (at_b.clock == kNone) return false;
  for (const ClockEntry& heard : graph_.clocks[at_b.clock]) {
    if (heard.thread == a) {
      if (std::tie(heard.strong, heard.observed) >= std::tie(at_a.strong, at_a.observed)) {
        return true;
      }
    } else if (heard.thread != b && StronglyBefore(a, at_a.strong, heard.thread, heard.strong)) {
      return true;
    }
  }
  return false;
}

Relation Order::Between(ThreadIndex a, const Moment& at_a, ThreadIndex b,
                        const Moment& at_b) const {
  if (StronglyBefore(a, at_a.strong, b, at_b.strong) ||
      StronglyBefore(b, at_b.strong, a, at_a.strong)) {
    return Relation::kStrong;
  }
  if (Before(a, at_a, b, at_b) || Before(b, at_b, a, at_a)) return Relation::kObserved;
  return Relation::kConcurrent;
}

bool Order::SameThread(ThreadIndex a, ThreadIndex b) const {
  if (a == b) return true;
  const Thread& x = graph_.threads[a];
  const Thread& y = graph_.threads[b];
  return x.path == y.path && x.name == y.name && x.spawned_at == y.spawned_at;
}

}  // namespace selvage::lockgraph
