// Notices a task that keeps the driver for itself.
#ifndef SELVAGE_HARNESS_CRASH_WATCHDOG_H_
#define SELVAGE_HARNESS_CRASH_WATCHDOG_H_

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::crash {

struct StuckTask {
  const runtime::Task& task;
  // Since it passed a scheduling point.
  std::chrono::nanoseconds idle;
  // "blocked in the system call pause", "running without an operation".
  std::string doing;
  // Return addresses, innermost first; empty if they could not be had.
  std::span<const std::uintptr_t> stack;
};

// A thread that looks at the scheduler now and then. When the running task has passed no scheduling
// point for `limit`, because it sits in a system call or in a loop without operations, nothing
// inside the process can take the driver back: the watchdog finds out where it is, and has the
// process ended. When an end was asked for (Interruption), it waits for a second at most.
class Watchdog {
 public:
  // Is called on the watchdog's thread and must end the process; the task is stopped for good.
  using End = std::function<void(const StuckTask& stuck)>;

  // Watches the schedules that the calling thread runs, until it is destroyed. `limit` > 0.
  Watchdog(const runtime::Scheduler& scheduler, std::chrono::nanoseconds limit, End end);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static void* ThreadMain(void* self);
  void Watch();
  void Bite(const runtime::Task& stuck, std::chrono::nanoseconds idle) const;

  const runtime::Scheduler& scheduler_;
  const std::chrono::nanoseconds limit_;
  const End end_;
  const int driver_;  // kernel thread id
  std::atomic<std::uint32_t> stop_{0};
  pthread_t thread_{};
};

// Which task is stuck in `test`, where, since when and in what; several lines, each ended.
std::string DescribeStuckTask(const StuckTask& stuck, const std::string& test);

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_WATCHDOG_H_
