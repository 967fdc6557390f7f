// The interleaving in which the threads of a cycle come to wait for one another, a column a thread.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_TABLE_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/names.h"

namespace selvage::report {

// What one thread does next.
struct InterleavingStep {
  std::size_t column;  // in Interleaving::threads
  std::string text;
};

struct Interleaving {
  std::vector<lockgraph::ThreadIndex> threads;
  std::vector<InterleavingStep> steps;

  // Whether texts refer to threads as "[A]", by column, rather than by name.
  bool HasColumns() const;
};

// What the interleaving shows: "how it deadlocks", where it does.
const char* InterleavingTitle(const lockgraph::Cycle& cycle);

// First every thread takes what it holds, then every thread asks for what the next one holds. The
// last step says what comes of that: a deadlock only where the verdict says that there can be one.
Interleaving DeadlockInterleaving(const lockgraph::RecordedGraph& graph,
                                  const lockgraph::Names& names, const lockgraph::Cycle& cycle);

// The same as text. Up to four threads side by side; more, one below the other. Each line begins
// with `indent`.
std::string DeadlockTable(const lockgraph::RecordedGraph& graph, const lockgraph::Names& names,
                          const lockgraph::Cycle& cycle, const std::string& indent);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_TABLE_H_
