// The lock orders of all cases in one report.
#ifndef SELVAGE_CASES_LOCK_ORDER_REPORTS_H_
#define SELVAGE_CASES_LOCK_ORDER_REPORTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "selvage/cases/runner.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/graph.h"

namespace selvage::cases {

// The lock orders of all variants together; locks are named after their variants.
struct LockOrders {
  lockgraph::RecordedGraph graph;
  lockgraph::Analysis analysis;
};

// Of those results that have a lock-order report.
absl::StatusOr<LockOrders> MergeLockOrders(const std::vector<VariantResult>& results);

// Writes them to `directory`, which exists, as lock_order.json, lock_order.txt and lock_order.dot.
absl::Status WriteLockOrderReports(const std::string& directory, const LockOrders& orders);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_LOCK_ORDER_REPORTS_H_
