// Which of two moments came before the other, and by what.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ORDER_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ORDER_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// Weakest first.
enum class Relation : std::uint8_t {
  kConcurrent,
  kObserved,  // ordered, but by a signal that another run need not send in time
  kStrong,    // ordered by fork and join
};

// The happens-before relation of a graph (Lamport, CACM 1978), without mutex hand-overs: those
// order nothing for sure. The graph must outlive it. Not thread-safe: it remembers what it has
// worked out.
class Order {
 public:
  explicit Order(const RecordedGraph& graph);

  // REQUIRES: both are of the same run, and of different threads. Linear in the depths of the tree
  // of spawns and of the clocks, and for a position that is new to it in the number of threads.
  Relation Between(ThreadIndex a, const Moment& at_a, ThreadIndex b, const Moment& at_b) const;

  // Whether they are one thread of the program, in whatever runs.
  bool SameThread(ThreadIndex a, ThreadIndex b) const;

 private:
  // By thread: the first strong position from which on all it does follows; kNone: none does.
  using Reach = std::vector<std::uint32_t>;

  const Reach& After(ThreadIndex thread, std::uint32_t strong) const;
  bool StronglyBefore(ThreadIndex a, std::uint32_t at_a, ThreadIndex b, std::uint32_t at_b) const;
  bool Before(ThreadIndex a, const Moment& at_a, ThreadIndex b, const Moment& at_b) const;

  const RecordedGraph& graph_;
  std::vector<std::vector<ThreadIndex>> children_;
  mutable std::unordered_map<std::uint64_t, Reach> reached_;  // by thread and position
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ORDER_H_
