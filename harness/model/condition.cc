#include "selvage/harness/model/condition.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;
using runtime::WakeReason;

namespace {

// What the end of a wait depends on.
struct Wake {
  Waiter waiter;
  const Mutex* mutex;
};

}  // namespace

Result Condition::Wait(Task& task, Mutex& mutex, Timeout timeout, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kWait, id(), site);
  if (!mutex.IsHeldBy(task)) Misuse(task, "waited for without holding the mutex", site);
  const std::uint32_t count = mutex.GiveUp(task);
  Wake wake{.waiter = {.task = &task}, .mutex = &mutex};
  if (scheduler.ChooseSpuriousWakeup()) {
    wake.waiter.notified = true;
  } else {
    waiters_.Append(wake.waiter);
  }
  const Readiness woken{.ready =
                            [](const void* argument) {
                              const auto* self = static_cast<const Wake*>(argument);
                              return self->waiter.notified && self->mutex->IsFree();
                            },
                        .context = &wake,
                        .also = id()};
  bool notified = true;
  if (scheduler.Await(task, OpKind::kWake, mutex.id(), site, woken, timeout) ==
      WakeReason::kTimeout) {
    notified = wake.waiter.notified;
    if (!notified) waiters_.Remove(wake.waiter);
    const Readiness free{
        .ready = [](const void* self) { return static_cast<const Mutex*>(self)->IsFree(); },
        .context = &mutex};
    scheduler.Await(task, OpKind::kLock, mutex.id(), site, free);
  }
  mutex.TakeBack(task, count);
  return notified ? Result::kOk : Result::kTimedOut;
}

std::uint32_t Condition::NotifyOne(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kNotifyOne, id(), site);
  if (waiters_.size() == 0) {
    scheduler.NoteUnsuccessful();
    return 0;
  }
  waiters_.NotifyOne(scheduler);
  return 1;
}

std::uint32_t Condition::NotifyAll(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kNotifyAll, id(), site);
  if (waiters_.size() == 0) {
    scheduler.NoteUnsuccessful();
    return 0;
  }
  const std::uint32_t woken = waiters_.size();
  waiters_.NotifyAll(scheduler);
  return woken;
}

void Condition::Destroy(Task& task, std::uintptr_t site) {
  task.scheduler().NoteTouchOfEverything();
  if (waiters_.size() != 0) Misuse(task, "destroyed while a task waits for it", site);
}

}  // namespace selvage::model
