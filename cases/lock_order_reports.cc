#include "selvage/cases/lock_order_reports.h"

#include "absl/strings/str_cat.h"
#include "selvage/cases/case.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::cases {

absl::StatusOr<LockOrders> MergeLockOrders(const std::vector<VariantResult>& results) {
  std::vector<lockgraph::RecordedGraph> graphs;
  for (const VariantResult& result : results) {
    if (result.lock_order.empty()) continue;
    auto graph = report::ReadLockOrderJson(result.lock_order);
    if (!graph.ok()) return graph.status();
    const std::string variant =
        absl::StrCat(std::string(result.owner->name), ":", std::string(result.variant->name));
    for (lockgraph::LockClass& lock_class : graph->classes) {
      if (!lock_class.name.empty()) lock_class.name = absl::StrCat(variant, ".", lock_class.name);
    }
    for (lockgraph::Run& run : graph->runs) run.name = variant;
    graphs.push_back(*std::move(graph));
  }
  LockOrders orders;
  orders.graph = lockgraph::Merge(graphs);
  orders.analysis = lockgraph::Analyse(orders.graph);
  return orders;
}

absl::Status WriteLockOrderReports(const std::string& directory, const LockOrders& orders) {
  const std::string base = absl::StrCat(directory, "/lock_order");
  absl::Status status = report::WriteReportFile(
      absl::StrCat(base, ".json"), report::LockOrderJson(orders.graph, orders.analysis));
  if (status.ok()) {
    status = report::WriteReportFile(absl::StrCat(base, ".txt"),
                                     report::LockOrderText(orders.graph, orders.analysis));
  }
  if (status.ok()) {
    status = report::WriteReportFile(absl::StrCat(base, ".dot"),
                                     report::LockOrderDot(orders.graph, orders.analysis));
  }
  return status;
}

}  // namespace selvage::cases
