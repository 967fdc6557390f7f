// Notices a task that keeps the driver for itself.
#ifndef SELVAGE_HARNESS_RUNTIME_WATCHDOG_H_
#define SELVAGE_HARNESS_RUNTIME_WATCHDOG_H_

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {

// A thread that looks at the scheduler now and then. When the running task has passed no scheduling
// point for `limit`, because it sits in a system call or in a loop without operations, nothing
// inside the process can take the driver back: the watchdog writes which task, where, since when
// and in which system call to stderr, and ends the process with exit code 3.
class Watchdog {
 public:
  // Watches the schedules that the calling thread runs, until it is destroyed. `limit` > 0. `test`:
  // named in the message.
  Watchdog(const Scheduler& scheduler, std::chrono::nanoseconds limit, std::string test);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  static void* ThreadMain(void* self);
  void Watch();
  std::string Describe(const Task& stuck, std::chrono::nanoseconds idle) const;
  [[noreturn]] void Die(const Task& stuck, std::chrono::nanoseconds idle) const;

  const Scheduler& scheduler_;
  const std::chrono::nanoseconds limit_;
  const std::string test_;
  const int driver_;  // kernel thread id
  std::atomic<std::uint32_t> stop_{0};
  pthread_t thread_{};
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_WATCHDOG_H_
