// What to change so that no cycle is left that fails.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ADVICE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ADVICE_H_

#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::lockgraph {

// A set of edges between classes that has one of every failing cycle of at least two locks; of
// several smallest ones, that whose edges were seen least often, hence are likely the exception.
// Smallest by exhaustive search up to three edges among 60, greedy beyond (Chvatal, 1979: within ln
// n of it).
std::vector<Turn> FindTurns(const RecordedGraph& graph, const Names& names,
                            const std::vector<Cycle>& cycles);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ADVICE_H_
