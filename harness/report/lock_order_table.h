// The interleaving in which a cycle deadlocks, a column a thread.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_TABLE_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_TABLE_H_

#include <string>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::report {

// First every thread takes what it holds, then every thread asks for what the next one holds. Up to
// four threads side by side; more, one below the other. Each line begins with `indent`.
std::string DeadlockTable(const lockgraph::RecordedGraph& graph, const lockgraph::Names& names,
                          const lockgraph::Cycle& cycle, const std::string& indent);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_TABLE_H_
