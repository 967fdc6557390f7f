// A replay token from outside the program: for one of its explorations.
#ifndef SELVAGE_HARNESS_SETTINGS_OUTSIDE_REPLAY_H_
#define SELVAGE_HARNESS_SETTINGS_OUTSIDE_REPLAY_H_

#include "selvage/harness/explore.h"

namespace selvage::settings {

// Whether the exploration of these options is to replay `options.replay`, or to say what is wrong
// with it; false: the token is of another. If it was of none when the process exits, that is said,
// and the exit code is 2. Thread-safe.
bool OutsideReplayIsFor(const Options& options);

}  // namespace selvage::settings

#endif  // SELVAGE_HARNESS_SETTINGS_OUTSIDE_REPLAY_H_
