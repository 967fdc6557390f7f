// What stays of a cycle when the code around it is edited.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_FINGERPRINT_H_
#define SELVAGE_HARNESS_LOCKGRAPH_FINGERPRINT_H_

#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::lockgraph {

// 16 hexadecimal digits: FNV-1a, 64 bit, of the parts as (lock held, lock asked for, mode, the
// user's functions active at the request), rotated so that the least part is first. Neither
// addresses nor threads are in it, and line numbers only of locks that have no other name
// (StableClass()). Depends on nothing of the graph but what the parts refer to.
std::string Fingerprint(const Names& names, const RecordedGraph& graph,
                        const std::vector<CyclePart>& parts);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_FINGERPRINT_H_
