// Time as the code under test sees it: virtual inside a schedule, the steady clock outside.
#ifndef SELVAGE_PRIMITIVES_TIME_H_
#define SELVAGE_PRIMITIVES_TIME_H_

#include <chrono>
#include <type_traits>

namespace selvage {

// Meets the standard's TrivialClock requirements but for being `constexpr`-free. Inside a schedule
// now() starts at 0 and moves when no task can run, when a timed wait is let expire, or for a task
// that waits for a time by looking at the clock again and again while nobody else could move it:
// by a microsecond, and twice as much each further time. Sleeps and timeouts cost nothing there.
// Thread-safe.
struct Clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
};

// A wait's length in the unit of all timeouts, rounded up; what is negative counts as 0, what is
// too long to be counted in nanoseconds (292 years) as the longest there is.
template <typename Rep, typename Period>
std::chrono::nanoseconds Timeout(const std::chrono::duration<Rep, Period>& length) {
  using Nanoseconds = std::chrono::nanoseconds;
  using Wide = std::chrono::duration<long double, std::nano>;
  if (Wide(length) >= Wide(Nanoseconds::max())) return Nanoseconds::max();
  if (length <= length.zero()) return Nanoseconds::zero();
  return std::chrono::ceil<Nanoseconds>(length);
}

// What is left of real time, as a task waits for it: in whole milliseconds, rounded up. How long
// the program took until it asked is different each time, and must not decide who waits longest.
std::chrono::nanoseconds AsTasksWait(std::chrono::nanoseconds left);

// Time left until `deadline` of any clock. Inside a schedule only Clock is virtual; what is left on
// others is taken as AsTasksWait().
template <typename AnyClock, typename Duration>
std::chrono::nanoseconds TimeUntil(const std::chrono::time_point<AnyClock, Duration>& deadline) {
  using Wide = std::chrono::duration<long double, std::nano>;
  const auto left =
      Timeout(Wide(deadline.time_since_epoch()) - Wide(AnyClock::now().time_since_epoch()));
  return std::is_same_v<AnyClock, Clock> ? left : AsTasksWait(left);
}

// The moment `timeout` from now, for native waits; the last there is if it would lie beyond.
std::chrono::steady_clock::time_point SteadyDeadline(std::chrono::nanoseconds timeout);

// Sleeps for at least `duration`. Inside a schedule: a wait that ends by the clock alone.
void SleepFor(std::chrono::nanoseconds duration);

// Lets others go first. Inside a schedule: a scheduling point after which strategies prefer other
// tasks.
void Yield();

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_TIME_H_
