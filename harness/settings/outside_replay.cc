#include "selvage/harness/settings/outside_replay.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "selvage/harness/schedule/token.h"

namespace selvage::settings {
namespace {

constinit std::atomic<bool> was_for_one{false};

void FailIfItWasForNone() {
  if (was_for_one) return;
  std::fputs("selvage: the replay token is of none of the explorations that this program has run\n",
             stderr);
  std::fflush(nullptr);
  syscall(SYS_exit_group, 2);  // a sanitizer would put its own code in the place of this one
}

}  // namespace

bool OutsideReplayIsFor(const Options& options) {
  const auto token = schedule::DecodeToken(options.replay);
  if (!token.ok() || schedule::CheckTokenFor(*token, options.name).ok()) {
    was_for_one = true;
    return true;
  }
  static const int registered = std::atexit(&FailIfItWasForNone);
  static_cast<void>(registered);
  return false;
}

}  // namespace selvage::settings
