#include "selvage/primitives/time.h"

#include <thread>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/primitives/call_site.h"

namespace selvage {

using runtime::CurrentTask;
using runtime::OpKind;
using runtime::Task;

Clock::time_point Clock::now() noexcept {
  if (Task* task = CurrentTask()) {
    return time_point(duration(task->scheduler().LookAtClock(*task, SELVAGE_CALL_SITE())));
  }
  return time_point(
      std::chrono::duration_cast<duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::chrono::nanoseconds AsTasksWait(std::chrono::nanoseconds left) {
  using std::chrono::milliseconds;
  if (CurrentTask() == nullptr || left > std::chrono::nanoseconds::max() - milliseconds(1)) {
    return left;
  }
  return std::chrono::ceil<milliseconds>(left);
}

std::chrono::steady_clock::time_point SteadyDeadline(std::chrono::nanoseconds timeout) {
  using SteadyTime = std::chrono::steady_clock::time_point;
  const SteadyTime now = std::chrono::steady_clock::now();
  return timeout < SteadyTime::max() - now ? now + timeout : SteadyTime::max();
}

void SleepFor(std::chrono::nanoseconds duration) {
  if (Task* task = CurrentTask()) {
    const runtime::Readiness never{.ready = [](const void*) { return false; }};
    task->scheduler().Await(*task, OpKind::kSleep, runtime::kNoObject, SELVAGE_CALL_SITE(), never,
                            duration);
    return;
  }
  std::this_thread::sleep_for(duration);
}

void Yield() {
  if (Task* task = CurrentTask()) {
    task->scheduler().Point(*task, OpKind::kYield, runtime::kNoObject, SELVAGE_CALL_SITE());
    return;
  }
  std::this_thread::yield();
}

}  // namespace selvage
