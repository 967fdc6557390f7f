#include "selvage/harness/lockgraph/order.h"

#include <tuple>

namespace selvage::lockgraph {

// What follows `at_a` of `a` for sure: the rest of `a`; from the join on, the rest of its joiner;
// from that one's join on, its joiner's rest; and the whole life of every thread that those fork
// meanwhile. So: does an ancestor of b, or b itself, lie on that chain?
bool Order::StronglyBefore(ThreadIndex a, std::uint32_t at_a, ThreadIndex b,
                           std::uint32_t at_b) const {
  ThreadIndex link = a;
  std::uint32_t from = at_a;
  // A hostile graph could have a circle of joiners.
  for (std::size_t links = 0; link != kNone && links <= graph_.threads.size(); ++links) {
    ThreadIndex ancestor = b;
    std::uint32_t until = at_b;
    while (ancestor != kNone) {
      const bool is_b = ancestor == b;
      // b's own moment on a later link is after the join; a child's life begins after the fork,
      // whose position is still before.
      if (ancestor == link && (is_b ? link != a && until >= from : until >= from)) return true;
      until = graph_.threads[ancestor].forked_at;
      ancestor = graph_.threads[ancestor].parent;
    }
    from = graph_.threads[link].joined_at;
    link = graph_.threads[link].joiner;
  }
  return false;
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
