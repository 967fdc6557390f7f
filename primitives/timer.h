// Timer: a function that is called after a while, unless it is cancelled; Python's threading.Timer.
#ifndef SELVAGE_PRIMITIVES_TIMER_H_
#define SELVAGE_PRIMITIVES_TIMER_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"
#include "selvage/primitives/thread.h"

namespace selvage {

// Has a thread of its own, from start() on. Inside a schedule that is a task which sleeps in
// virtual time; it may wake at any time, as on a busy machine it may seem to.
//
// cancel() does not wait: a function that has begun goes on, and uses what it uses. Who is about to
// destroy that calls cancel() and then join().
//
// Order, and what becomes of an exception of the function: as with Thread. Misuse: starting it
// twice, or joining it before it is started or a second time, is a finding that ends the schedule;
// outside schedules they throw std::logic_error and std::system_error (invalid_argument). cancel()
// is Thread-safe; start(), join() and the destructor are not.
class Timer final : private internal::Monitor {
 public:
  // Waits for `interval`, at least 0, once it is started.
  Timer(std::chrono::nanoseconds interval, std::function<void()> function,
        std::string_view name = {}, SourceLocation made_at = SourceLocation::Current());
  // Cancels it and, if it has been started, joins it.
  ~Timer();

  void start();
  // The function will not be called, unless it has begun already. True if it is never called
  // because of this or an earlier cancel(). The timer may be cancelled before it is started.
  bool cancel();
  // Waits until the function has returned, or the timer is cancelled.
  void join();
  // Whether it has been started and has not ended.
  bool is_alive() const;

 private:
  enum class Phase : std::uint8_t { kWaiting, kCancelled, kFired };

  void ResetModel() override;
  void Run();
  Phase& State();

  const std::chrono::nanoseconds interval_;
  const std::function<void()> function_;
  bool started_ = false;
  Phase native_ = Phase::kWaiting;
  Phase model_ = Phase::kWaiting;
  Thread thread_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_TIMER_H_
