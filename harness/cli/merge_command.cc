// selvage merge: several reports as one.
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"

namespace selvage::cli {
namespace {

absl::StatusOr<ExitCode> RunMerge(const Arguments& arguments) {
  const auto graph = ReadReports(arguments.operands());
  if (!graph.ok()) return graph.status();
  const absl::Status written =
      Write(arguments.Get("output"), report::LockOrderJson(*graph, lockgraph::Analyse(*graph)));
  if (!written.ok()) return written;
  return ExitCode::kClean;
}

}  // namespace

const Command& MergeCommand() {
  static const Command command{
      {.name = "merge",
       .operands = "REPORT...",
       .max_operands = kAnyNumber,
       .summary = "writes one report of all runs in several ones",
       .details = "Locks and threads of different runs are the same if they were made in the same "
                  "way, so\na cycle of which each run saw one half is found in the merged report, "
                  "and marked as\nmerged. An OUT that exists is replaced once the new one is "
                  "complete.\n",
       .flags = {{"output", "OUT", "write there instead of to the standard output", 'o'}}},
      &RunMerge};
  return command;
}

}  // namespace selvage::cli
