// selvage order: the order in which locks were seen to be taken.
#include "absl/strings/str_cat.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/declared_order.h"

namespace selvage::cli {
namespace {

absl::StatusOr<ExitCode> RunOrder(const Arguments& arguments) {
  const auto graph = ReadReports(arguments.operands());
  if (!graph.ok()) return graph.status();
  const absl::Status written =
      Write(arguments.Get("output"),
            absl::StrCat("# selvage check REPORT --order=FILE holds a run to this.\n",
                         lockgraph::ExportSeenOrder(*graph)));
  if (!written.ok()) return written;
  return ExitCode::kClean;
}

}  // namespace

const Command& OrderCommand() {
  static const Command command{
      {.name = "order",
       .operands = "REPORT...",
       .max_operands = kAnyNumber,
       .summary = "prints the order in which locks were taken, for check --order",
       .details = "A line for each two classes of locks: 'config' < 'cache' says that cache was "
                  "asked for\nwhile config was held. Pairs that were taken both ways, directly or "
                  "through others,\nare left out.\n",
       .flags = {{"output", "FILE", "write there instead of to the standard output", 'o'}}},
      &RunOrder};
  return command;
}

}  // namespace selvage::cli
