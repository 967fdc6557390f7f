// The lock orders of all cases in one report.
#ifndef SELVAGE_CASES_LOCK_ORDER_REPORTS_H_
#define SELVAGE_CASES_LOCK_ORDER_REPORTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "selvage/cases/runner.h"

namespace selvage::cases {

// Merges what the variants recorded and writes lock_order.json, lock_order.txt and lock_order.dot into
// `directory`, which exists. Locks are called "case:variant.name" there: two cases' locks of one name
// have nothing to do with each other.
absl::Status WriteLockOrderReports(const std::string& directory,
                                   const std::vector<VariantResult>& results);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_LOCK_ORDER_REPORTS_H_
