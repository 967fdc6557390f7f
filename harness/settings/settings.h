// Settings from outside the program: one table for the environment's SELVAGE_ variables and the
// --selvage_ flags, of Explore(), SELVAGE_TEST and selvage::gtest_main alike.
#ifndef SELVAGE_HARNESS_SETTINGS_SETTINGS_H_
#define SELVAGE_HARNESS_SETTINGS_SETTINGS_H_

#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "selvage/harness/explore.h"

namespace selvage::settings {

// Applies the environment, and then the flags of this process, which override it. kInvalidArgument
// with a sentence for the user, which names the variable or the flag, its value and the nearest
// known one, for what cannot be read and for what begins with SELVAGE_ or --selvage_ and is none.
// O(environment + arguments). Not while another thread changes the environment.
absl::Status Apply(Options& options);

// The variables alone: SELVAGE_SCHEDULES=N and the like. An empty one is as good as none.
absl::Status ApplyEnvironment(Options& options);

// The flags alone: --selvage_schedules=N, also written --selvage-schedules=N; a flag that is true
// or false may stand without a value for true. Arguments of others are not looked at, nor what
// follows
// "--".
absl::Status ApplyArguments(std::span<const std::string> arguments, Options& options);

// A setting of the whole program: "lock_order", "baseline" or "quiet". The flag, else the variable,
// else empty. An error if the flag has no value.
absl::StatusOr<std::string> ProgramSetting(const std::string& name);

// Whether "quiet" is set.
bool Quiet();

// Whether `argument` is the flag of the setting `name`, in any spelling, with a value or not.
bool IsFlagOf(const std::string& name, const std::string& argument);

// Every flag with its variable, its default and what it does.
std::string Help();

}  // namespace selvage::settings

#endif  // SELVAGE_HARNESS_SETTINGS_SETTINGS_H_
