// The lock-order report for a terminal.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_TEXT_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_TEXT_H_

#include <string>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

struct LockOrderTextOptions {
  // Frames of the user's own code shown of each stack.
  int frames = 6;
  // Harmless cycles listed, one line each; the others are counted.
  int harmless = 20;
};

// The verdict first, then each cycle that fails or is shown: its locks, its threads with what they
// hold and ask for and where, an interleaving that deadlocks. Then the edges to turn around, the
// harmless cycles with their reasons, and what was covered. Names, never addresses; ends with a
// newline. `analysis` is of `graph`.
std::string LockOrderText(const lockgraph::RecordedGraph& graph,
                          const lockgraph::Analysis& analysis,
                          const LockOrderTextOptions& options = {});

// What LockOrderText() says of one cycle of the analysis, without its verdict and reason.
std::string LockOrderCycleText(const lockgraph::RecordedGraph& graph,
                               const lockgraph::Analysis& analysis, const lockgraph::Cycle& cycle,
                               const LockOrderTextOptions& options = {});

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_TEXT_H_
