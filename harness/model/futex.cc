#include "selvage/harness/model/futex.h"

#include <atomic>

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;
using runtime::WakeReason;

Result Futex::Wait(Task& task, std::uint32_t expected, Timeout timeout, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  // The look at the word and falling asleep are one step.
  scheduler.Point(task, OpKind::kQuery, id(), site);
  scheduler.NoteTouchOfEverything();  // who writes the word is not always seen
  const auto& word = *static_cast<const std::atomic<std::uint32_t>*>(address());
  if (word.load(std::memory_order_relaxed) != expected) return Result::kBusy;
  Waiter waiter{.task = &task};
  waiters_.Append(waiter);
  const Readiness woken{
      .ready = [](const void* self) { return static_cast<const Waiter*>(self)->notified; },
      .context = &waiter};
  if (scheduler.Await(task, OpKind::kWait, id(), site, woken, timeout) == WakeReason::kTimeout &&
      !waiter.notified) {
    waiters_.Remove(waiter);
    return Result::kTimedOut;
  }
  return Result::kOk;
}

std::uint32_t Futex::Wake(Task& task, std::uint32_t most, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, most == 1 ? OpKind::kNotifyOne : OpKind::kNotifyAll, id(), site);
  scheduler.NoteTouchOfEverything();
  std::uint32_t woken = 0;
  while (woken < most && waiters_.size() != 0) {
    waiters_.NotifyOne(scheduler);
    ++woken;
  }
  if (woken == 0) scheduler.NoteUnsuccessful();
  return woken;
}

}  // namespace selvage::model
