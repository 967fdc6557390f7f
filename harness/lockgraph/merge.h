// Several recorded graphs as one.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_MERGE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_MERGE_H_

#include <span>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// Locks are united by class, creator and ordinal, threads by spawn path if all else that is known
// of them agrees. The runs of all stay apart: what happened in different ones is not ordered. The
// result is canonical, and does not depend on the order of `graphs`. REQUIRES: each is valid. O(n
// log n).
RecordedGraph Merge(std::span<const RecordedGraph> graphs);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_MERGE_H_
