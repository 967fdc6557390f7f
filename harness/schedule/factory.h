// Strategies by name, as the command line and the tests' options call them.
#ifndef SELVAGE_HARNESS_SCHEDULE_FACTORY_H_
#define SELVAGE_HARNESS_SCHEDULE_FACTORY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// "default", "random", "sticky", "pct", "pct:D" (depth D), "pos", "surw", "urw", "exhaustive",
// "exhaustive:P" (at most P preemptions), "dpor". Anything else is kInvalidArgument, with the names
// and the nearest of them.
absl::StatusOr<std::unique_ptr<Strategy>> MakeStrategy(std::string_view spec);

// The names without parameters, for help texts; "default" first.
std::vector<std::string> StrategyNames();

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_FACTORY_H_
