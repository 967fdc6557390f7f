// Which of two moments came before the other, and by what.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ORDER_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ORDER_H_

#include <cstdint>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// Weakest first.
enum class Relation : std::uint8_t {
  kConcurrent,
  kObserved,  // ordered, but by a signal that another run need not send in time
  kStrong,    // ordered by fork and join
};

// The happens-before relation of a graph (Lamport, CACM 1978), without mutex hand-overs: those
// order nothing for sure. Immutable; the graph must outlive it.
class Order {
 public:
  explicit Order(const RecordedGraph& graph) : graph_(graph) {}

  // REQUIRES: both are of the same run, and of different threads. Linear in the depths of the tree
  // of spawns and of the clocks.
  Relation Between(ThreadIndex a, const Moment& at_a, ThreadIndex b, const Moment& at_b) const;

  // Whether they are one thread of the program, in whatever runs.
  bool SameThread(ThreadIndex a, ThreadIndex b) const;

 private:
  bool StronglyBefore(ThreadIndex a, std::uint32_t at_a, ThreadIndex b, std::uint32_t at_b) const;
  bool Before(ThreadIndex a, const Moment& at_a, ThreadIndex b, const Moment& at_b) const;

  const RecordedGraph& graph_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ORDER_H_
