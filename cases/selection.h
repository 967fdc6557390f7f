// Which variants of which cases to run, by their names on the command line.
#ifndef SELVAGE_CASES_SELECTION_H_
#define SELVAGE_CASES_SELECTION_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "selvage/cases/case.h"

namespace selvage::cases {

using Selection = std::vector<std::pair<const Case*, const Variant*>>;

// In the order of the registry, without repetitions. `names`: each "counter" or "counter:fixed";
// none: all cases. `variant`: "buggy" or "fixed" for all variants of that role, else the name of
// one; applies to names without a variant of their own; empty: all. kInvalidArgument with the
// nearest name if there is none of that name.
absl::StatusOr<Selection> Select(const std::vector<std::string>& names, const std::string& variant);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_SELECTION_H_
