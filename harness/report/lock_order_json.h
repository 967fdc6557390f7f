// The lock-order report as JSON: what was recorded, without loss, and what the analysis says of it.
//
// One object. "format" and "version" say what it is; the members named as those of
// lockgraph::RecordedGraph hold the recording, each record an object on a line of its own, members
// at their defaults left out; "analysis" holds the verdicts, for readers that do not want to
// compute them, and is not read back. Indices refer to the array of the same graph, in order.
#ifndef SELVAGE_HARNESS_REPORT_LOCK_ORDER_JSON_H_
#define SELVAGE_HARNESS_REPORT_LOCK_ORDER_JSON_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::report {

inline constexpr const char* kLockOrderFormat = "selvage-lock-order";
inline constexpr int kLockOrderVersion = 3;

// Equal graphs and analyses give equal bytes. Text that is not UTF-8 is replaced by U+FFFD where it
// is not. Ends with a newline.
std::string LockOrderJson(const lockgraph::RecordedGraph& graph,
                          const lockgraph::Analysis& analysis);

// The graph of a report. Errors name the byte or the member where: InvalidArgument if the text is
// no such report, Unimplemented if it is of another version, DataLoss if it is damaged or
// contradicts itself. Memory is bounded by a small multiple of the text, whatever it says. O(n).
absl::StatusOr<lockgraph::RecordedGraph> ReadLockOrderJson(std::string_view text);

// The same for files, with their path in errors; NotFound or PermissionDenied if one cannot be
// opened, ResourceExhausted if it is longer than kMaxReportBytes.
inline constexpr std::size_t kMaxReportBytes = std::size_t{2} << 30;
absl::StatusOr<lockgraph::RecordedGraph> ReadLockOrderFile(const std::string& path);
// The rest of an open file, which is called `path` in errors. It stays open.
absl::StatusOr<lockgraph::RecordedGraph> ReadLockOrderStream(std::FILE* file,
                                                             const std::string& path);

// The programs whose runs are in the report of that path, as far as it says; empty if there is no
// report. Reads no more of it than that.
std::vector<std::string> ProgramsOfReport(const std::string& path);

// Replaces the file at once, when all is on the disk: no reader sees half of it, and a failure
// leaves what was there. What is no regular file, like a pipe, is written to as it is.
absl::Status WriteReportFile(const std::string& path, std::string_view content);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCK_ORDER_JSON_H_
