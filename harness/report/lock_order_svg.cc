#include "selvage/harness/report/lock_order_svg.h"

#include "absl/strings/str_cat.h"
#include "selvage/harness/report/graphviz.h"
#include "selvage/harness/report/lock_order_dot.h"

namespace selvage::report {

absl::StatusOr<std::string> LockOrderSvg(const lockgraph::RecordedGraph& graph,
                                         const lockgraph::Analysis& analysis) {
  auto drawing = DrawWithGraphviz(LockOrderDot(graph, analysis), absl::Minutes(1));
  if (!drawing.ok()) return drawing;
  return absl::StrCat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", *drawing);
}

}  // namespace selvage::report
