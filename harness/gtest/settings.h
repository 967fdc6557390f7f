// Settings from outside the program: environment and command line.
#ifndef SELVAGE_HARNESS_GTEST_SETTINGS_H_
#define SELVAGE_HARNESS_GTEST_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "selvage/harness/explore.h"

namespace selvage {

// Applies SELVAGE_SCHEDULES, SELVAGE_SEED, SELVAGE_STRATEGY, SELVAGE_TIME_BUDGET and
// SELVAGE_REPLAY.
absl::Status ApplyEnvironment(Options& options);

// Applies --selvage_schedules=N and the like, also written --selvage-schedules. Other arguments are
// not looked at; an unknown flag that begins with --selvage_ is an error, which suggests the
// nearest one.
absl::Status ApplyArguments(const std::vector<std::string>& arguments, Options& options);

// A setting of the whole program, "lock_order" or "baseline": the flag --selvage_NAME=VALUE, else
// the environment's SELVAGE_NAME, else empty. An error if the flag has no value.
absl::StatusOr<std::string> ProgramSetting(const std::string& name);

// The arguments of this process, whoever wrote its main().
std::vector<std::string> ProcessArguments();

}  // namespace selvage

#endif  // SELVAGE_HARNESS_GTEST_SETTINGS_H_
