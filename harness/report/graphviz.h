// Drawing with Graphviz, a program of its own.
#ifndef SELVAGE_HARNESS_REPORT_GRAPHVIZ_H_
#define SELVAGE_HARNESS_REPORT_GRAPHVIZ_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace selvage::report {

// The <svg> element that `dot`, found on the PATH, makes of a graph in its language, ending with a
// newline. Unavailable if there is no such program; DeadlineExceeded if it takes longer than
// `limit`, when it is killed; Internal with its own words if it fails. Equal graphs give equal
// bytes from one version of Graphviz. The drawing is in memory only.
absl::StatusOr<std::string> DrawWithGraphviz(const std::string& dot, absl::Duration limit);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_GRAPHVIZ_H_
