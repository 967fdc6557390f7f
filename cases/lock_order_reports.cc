#include "selvage/cases/lock_order_reports.h"

#include <map>

#include "absl/strings/str_cat.h"
#include "selvage/cases/case.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/fingerprint.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::cases {

namespace {

// Confirms the cycles of `analysis` under the fingerprints that they have in `graph`, whose classes
// have got other names since.
void RenameConfirmations(const lockgraph::Analysis& analysis, lockgraph::RecordedGraph& graph) {
  const lockgraph::Names names(graph);
  std::map<std::string, std::string> renamed;
  for (const lockgraph::Cycle& cycle : analysis.cycles) {
    renamed[cycle.fingerprint] = lockgraph::Fingerprint(names, graph, cycle.parts);
  }
  for (lockgraph::Confirmation& confirmation : graph.confirmations) {
    const auto found = renamed.find(confirmation.fingerprint);
    if (found != renamed.end()) confirmation.fingerprint = found->second;
  }
}

}  // namespace

absl::StatusOr<LockOrders> MergeLockOrders(const std::vector<VariantResult>& results) {
  std::vector<lockgraph::RecordedGraph> graphs;
  for (const VariantResult& result : results) {
    if (result.lock_order.empty()) continue;
    auto graph = report::ReadLockOrderJson(result.lock_order);
    if (!graph.ok()) return graph.status();
    const std::string variant =
        absl::StrCat(std::string(result.owner->name), ":", std::string(result.variant->name));
    const lockgraph::Analysis analysis = lockgraph::Analyse(*graph);
    for (lockgraph::LockClass& lock_class : graph->classes) {
      if (!lock_class.name.empty()) lock_class.name = absl::StrCat(variant, ".", lock_class.name);
    }
    RenameConfirmations(analysis, *graph);
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
