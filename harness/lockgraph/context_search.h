// One cycle of locks is seen in many contexts: other threads, other things held. Which of them is
// the worst?
#ifndef SELVAGE_HARNESS_LOCKGRAPH_CONTEXT_SEARCH_H_
#define SELVAGE_HARNESS_LOCKGRAPH_CONTEXT_SEARCH_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/components.h"
#include "selvage/harness/lockgraph/judge.h"

namespace selvage::lockgraph {

// The arguments must outlive it. Not thread-safe.
class ContextSearch {
 public:
  ContextSearch(const Asks& asks, const Judge& judge, const Component& component, Budget& budget)
      : asks_(asks),
        judge_(judge),
        component_(component),
        budget_(budget),
        profiles_(component.edges.size()) {}

  struct Context {
    std::vector<Link> links;
    Judgement judgement;
  };
  // The first context of the strongest verdict; nothing if the cycle is none. `edges`: indices into
  // the component's edges. Tries every combination of asks that differ in more than their place in
  // the code, within the budget.
  std::optional<Context> Strongest(const std::vector<std::uint32_t>& edges);

  // For each edge of the cycle, all places where it was asked for.
  std::vector<std::vector<CodePlace>> Places(const std::vector<std::uint32_t>& edges) const;

  // Whether not everything was tried.
  bool cut() const { return cut_; }

 private:
  const std::vector<std::uint32_t>& Profiles(std::uint32_t edge);

  const Asks& asks_;
  const Judge& judge_;
  const Component& component_;
  Budget& budget_;
  bool cut_ = false;
  // Of each edge, one ask of each kind that matters to a judgement; empty until needed.
  std::vector<std::vector<std::uint32_t>> profiles_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_CONTEXT_SEARCH_H_
