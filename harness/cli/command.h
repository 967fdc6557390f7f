// A subcommand of `selvage`, and what all of them have in common.
#ifndef SELVAGE_HARNESS_CLI_COMMAND_H_
#define SELVAGE_HARNESS_CLI_COMMAND_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "selvage/harness/cli/arguments.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::cli {

enum class ExitCode {
  kClean = 0,
  kFindings = 1,
  kBadUsage = 2,    // of the command line, or of a file that is read
  kUnfinished = 3,  // the answer could not be written, or is not the whole one
};

struct Command {
  Usage usage;
  // An error is bad usage if it is InvalidArgument, NotFound, PermissionDenied or
  // FailedPrecondition, else the work could not be finished.
  absl::StatusOr<ExitCode> (*run)(const Arguments& arguments);
};

// One file each.
const Command& CheckCommand();
const Command& ConfirmCommand();
const Command& DiffCommand();
const Command& MergeCommand();
const Command& OrderCommand();
const Command& ReportCommand();

// In the order in which the help lists them.
std::vector<const Command*> Commands();

// --- Input ---

// The report of the file. FailedPrecondition and InvalidArgument name the file, the place and what
// to do.
absl::StatusOr<lockgraph::RecordedGraph> ReadReport(const std::string& path);
// The reports of all files, merged; the one as it is if it is one.
absl::StatusOr<lockgraph::RecordedGraph> ReadReports(std::span<const std::string> paths);
// A text file that a person writes, of at most 64 MiB.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// --- Output ---

// Writes `text` to the file, at once and only as a whole, or to standard output if there is no
// path or it is "-". Cancelled if nobody reads standard output any more; else as the system says why not.
absl::Status Write(const std::optional<std::string>& path, std::string_view text);

}  // namespace selvage::cli

#endif  // SELVAGE_HARNESS_CLI_COMMAND_H_
