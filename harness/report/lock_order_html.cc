#include "selvage/harness/report/lock_order_html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "selvage/harness/report/graphviz.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_drawn.h"
#include "selvage/harness/report/lock_order_view.h"
#include "selvage/harness/report/page_files.h"

namespace selvage::report {
namespace {

constexpr absl::Duration kDrawingLimit = absl::Seconds(20);

}  // namespace

absl::StatusOr<std::string> LockOrderHtml(const lockgraph::RecordedGraph& graph,
                                          const lockgraph::Analysis& analysis) {
  const DrawnGraph drawn = EdgesToDraw(graph, analysis);
  std::string drawing = "<p class=\"note\">No lock was asked for while another one was held.</p>";
  if (!drawn.edges.empty()) {
    const auto drawn_by_graphviz = DrawWithGraphviz(LockOrderDot(graph, analysis), kDrawingLimit);
    if (drawn_by_graphviz.ok()) {
      drawing = *drawn_by_graphviz;
    } else if (absl::IsDeadlineExceeded(drawn_by_graphviz.status())) {
      drawing = "<p class=\"note\">The graph is too large to be drawn.</p>";
    } else {
      return drawn_by_graphviz.status();
    }
  }
  // In one pass: what is put in is not searched.
  return absl::StrReplaceAll(kPageHtml, {{"{{style}}", kPageCss},
                                         {"{{drawing}}", drawing},
                                         {"{{data}}", LockOrderView(graph, analysis, drawn)},
                                         {"{{script}}", kPageJs}});
}

}  // namespace selvage::report
