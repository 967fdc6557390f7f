// The cycles of a component, shortest first.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_CYCLES_H_
#define SELVAGE_HARNESS_LOCKGRAPH_CYCLES_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "selvage/harness/lockgraph/components.h"

namespace selvage::lockgraph {

// Steps of a search, so that its end does not depend on the clock and the same graph gives the same
// report.
class Budget {
 public:
  explicit Budget(std::uint64_t steps) : left_(steps) {}
  // False once it is used up.
  bool Spend() { return left_ != 0 && --left_ != 0; }
  bool exhausted() const { return left_ == 0; }
  std::uint64_t left() const { return left_; }

 private:
  std::uint64_t left_;
};

enum class Visit : std::uint8_t { kContinue, kStop };
enum class Completeness : std::uint8_t { kComplete, kCut };

// Calls `visit` with each simple cycle of at most `max_length` edges, once, as indices into
// component.edges, beginning at its least lock: all those of two edges, then of three, and so on.
// Depth-first search from each lock over greater ones only. The number of cycles may be
// exponential: kCut if `visit` stops it, or the budget or `max_length` does.
Completeness EnumerateCycles(const Component& component, std::uint32_t max_length, Budget& budget,
                             const std::function<Visit(const std::vector<std::uint32_t>&)>& visit);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_CYCLES_H_
