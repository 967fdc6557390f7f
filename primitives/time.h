// Time as the code under test sees it: virtual inside a schedule, the steady clock outside.
#ifndef SELVAGE_PRIMITIVES_TIME_H_
#define SELVAGE_PRIMITIVES_TIME_H_

#include <chrono>

namespace selvage {

// Meets the standard's TrivialClock requirements but for being `constexpr`-free. Inside a schedule
// now() starts at 0 and moves only when no task can run, or when a timed wait is let expire; sleeps
// and timeouts cost nothing there. Thread-safe.
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
};

// Time left until `deadline` of any clock; what is past counts as 0.
template <typename AnyClock, typename Duration>
std::chrono::nanoseconds TimeUntil(const std::chrono::time_point<AnyClock, Duration>& deadline) {
  const auto left = std::chrono::ceil<std::chrono::nanoseconds>(deadline - AnyClock::now());
  return left.count() > 0 ? left : std::chrono::nanoseconds{0};
}

// Sleeps for at least `duration`. Inside a schedule: a wait that ends by the clock alone.
void SleepFor(std::chrono::nanoseconds duration);

// Lets others go first. Inside a schedule: a scheduling point after which strategies prefer other
// tasks.
void Yield();

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_TIME_H_
