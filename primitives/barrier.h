// Barrier: nobody goes on before all have come; Python's threading.Barrier and C++'s std::barrier.
#ifndef SELVAGE_PRIMITIVES_BARRIER_H_
#define SELVAGE_PRIMITIVES_BARRIER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"
#include "selvage/primitives/time.h"

namespace selvage {

// The barrier was aborted or reset while its thrower waited, somebody's wait ran out of time, or it
// was broken already.
class BrokenBarrierError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// For `parties` threads at a time, again and again: when as many have arrived, one of them runs the
// completion function, then all go on, and the next phase begins.
//
// What each did before arriving is ordered before the completion function, and that before what all
// of the same phase do afterwards; nothing is ordered between phases.
//
// Misuse: parties below 1 are a finding that ends the schedule; outside schedules they throw
// std::logic_error. Thread-safe. Must not be destroyed while anybody waits.
class Barrier final : private internal::Monitor {
 public:
  // `on_completion` may be empty. If it throws, the barrier is broken, and the exception leaves the
  // wait of the thread that ran it.
  explicit Barrier(std::ptrdiff_t parties, std::function<void()> on_completion = {},
                   std::string_view name = {}, SourceLocation made_at = SourceLocation::Current());
  Barrier(std::ptrdiff_t parties, std::string_view name,
          SourceLocation made_at = SourceLocation::Current());
  ~Barrier();

  // Arrives, waits for the others, and returns how many had arrived before: 0 to parties() - 1,
  // each once in a phase. Throws BrokenBarrierError.
  std::size_t wait();
  void arrive_and_wait();
  // As wait(), but breaks the barrier for all if the others do not come in time. Inside a schedule
  // the time is virtual, and the wait may also expire early.
  template <typename Rep, typename Period>
  std::size_t wait_for(const std::chrono::duration<Rep, Period>& timeout) {
    return WaitFor(Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  std::size_t wait_until(const std::chrono::time_point<AnyClock, Duration>& deadline) {
    return WaitFor(TimeUntil(deadline));
  }

  // Breaks the barrier: those who wait, and who come later, get a BrokenBarrierError, until
  // reset().
  void abort();
  // Starts a new, unbroken phase. Those who wait get a BrokenBarrierError.
  void reset();

  std::size_t parties() const { return parties_; }
  // How many wait now, and whether it is broken; the answers may be stale when they arrive.
  std::size_t n_waiting() const;
  bool broken() const;

 private:
  enum class Outcome : std::uint8_t { kWaiting, kPassed, kBroken };
  struct Waiter;
  struct Phase {
    std::uint64_t number = 0;
    std::size_t arrived = 0;
    bool completing = false;  // all are there, the completion function runs
    bool broken = false;
    Waiter* waiters = nullptr;  // those who have arrived but for the last
  };

  void ResetModel() override;
  std::size_t WaitFor(std::chrono::nanoseconds timeout);
  std::size_t Wait(std::optional<std::chrono::nanoseconds> timeout, std::uintptr_t site);
  void Complete(std::uint64_t number, std::uintptr_t site);
  void EndPhase(Turn& turn, Outcome outcome);
  [[noreturn]] void ThrowBroken() const;
  Phase& State();

  lockgraph::LockIdentity identity_;
  const std::size_t parties_;
  const std::function<void()> on_completion_;
  Phase native_;
  Phase model_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_BARRIER_H_
