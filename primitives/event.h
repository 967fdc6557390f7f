// Event: a flag that threads wait for; Python's threading.Event.
#ifndef SELVAGE_PRIMITIVES_EVENT_H_
#define SELVAGE_PRIMITIVES_EVENT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"
#include "selvage/primitives/time.h"

namespace selvage {

// Not set at first. Once set it stays so, and lets everybody through, until it is cleared; who
// comes to wait after that has missed it.
//
// What was done before a set() is ordered before what follows a wait or an is_set() that finds the
// event set; a clear() ends that. Thread-safe. Must not be destroyed while anybody waits.
class Event final : private internal::Monitor {
 public:
  // Called `name` in traces and reports; an unnamed one is called after where it was made.
  explicit Event(std::string_view name, SourceLocation made_at = SourceLocation::Current());
  explicit Event(SourceLocation made_at = SourceLocation::Current());
  ~Event();

  // Sets it and wakes all who wait.
  void set();
  void clear();
  // Whether it is set now; the answer may be stale when it arrives.
  bool is_set() const;

  // Waits until it is set.
  void wait();
  // False if it was not set in time. Inside a schedule the time is virtual, and the wait may also
  // expire early.
  template <typename Rep, typename Period>
  bool wait_for(const std::chrono::duration<Rep, Period>& timeout) {
    return WaitFor(Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  bool wait_until(const std::chrono::time_point<AnyClock, Duration>& deadline) {
    return WaitFor(TimeUntil(deadline));
  }

 private:
  void ResetModel() override;
  bool WaitFor(std::chrono::nanoseconds timeout);
  bool Wait(std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site);
  bool& State();

  lockgraph::LockIdentity identity_;
  bool native_ = false;
  bool model_ = false;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_EVENT_H_
