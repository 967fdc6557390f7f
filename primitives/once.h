// call_once: something is done by whoever comes first, and the others wait for it, as
// std::call_once does.
#ifndef SELVAGE_PRIMITIVES_ONCE_H_
#define SELVAGE_PRIMITIVES_ONCE_H_

#include <atomic>
#include <functional>
#include <string_view>
#include <utility>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/owned_lock.h"

namespace selvage {

// Whether it was done already. As std::once_flag it can be neither copied nor moved; one that
// outlives a schedule stays done in the next. In the lock graph it is a lock that every call_once()
// takes, also one that has nothing more to do: whoever comes first may be another one in the next
// run.
class OnceFlag : private internal::OwnedLock {
 public:
  // Called `name` in traces and reports; an unnamed one is called after where it was made.
  explicit OnceFlag(std::string_view name, SourceLocation made_at = SourceLocation::Current());
  explicit OnceFlag(SourceLocation made_at = SourceLocation::Current());

 private:
  template <typename Function, typename... Args>
  friend void call_once(OnceFlag& flag, Function&& function, Args&&... args);

  // Waits while another thread does it. Whether the caller is to do it: then End() follows.
  bool Begin();
  void End(bool done);

  std::atomic<bool> done_{false};
  lockgraph::Sent sent_;  // by whoever has done it
};

// Calls `function` with `args` if no call with this flag has returned yet, else does nothing; when
// it returns, one has, and what that one did is ordered before. An exception of `function` goes to
// the caller, and the next one tries again. Calls with one flag wait for each other. Thread-safe.
//
// Misuse: a call from inside `function` with the same flag is a finding that ends the schedule;
// outside schedules it throws std::system_error (resource_deadlock_would_occur).
template <typename Function, typename... Args>
void call_once(OnceFlag& flag, Function&& function, Args&&... args) {
  if (!flag.Begin()) return;
  try {
    std::invoke(std::forward<Function>(function), std::forward<Args>(args)...);
  } catch (...) {
    flag.End(/*done=*/false);
    throw;
  }
  flag.End(/*done=*/true);
}

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_ONCE_H_
