// A verdict's reason, in words.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_EXPLAIN_H_
#define SELVAGE_HARNESS_LOCKGRAPH_EXPLAIN_H_

#include <string>
#include <vector>

#include "selvage/harness/lockgraph/judge.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::lockgraph {

// How the reason of what was only predicted ends.
inline constexpr char kNotReplayed[] = "; not replayed";

// "two threads, concurrent, no common guard; not replayed".
std::string Explain(const Asks& asks, const Names& names, const std::vector<Link>& links,
                    const Judgement& judgement);
std::string Explain(const RecordedGraph& graph, const Names& names, const Occurrence& occurrence);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_EXPLAIN_H_
