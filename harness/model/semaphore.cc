#include "selvage/harness/model/semaphore.h"

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;
using runtime::WakeReason;

Result Semaphore::Acquire(Task& task, Timeout timeout, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const Readiness permit{
      .ready = [](const void* self) { return static_cast<const Semaphore*>(self)->permits_ > 0; },
      .context = this};
  if (scheduler.Await(task, OpKind::kAcquire, id(), site, permit, timeout) ==
      WakeReason::kTimeout) {
    return Result::kTimedOut;
  }
  Take(task);
  return Result::kOk;
}

Result Semaphore::TryAcquire(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kTryAcquire, id(), site);
  if (permits_ == 0) {
    scheduler.NoteUnsuccessful();
    return Result::kBusy;
  }
  Take(task);
  return Result::kOk;
}

Result Semaphore::Release(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kRelease, id(), site);
  if (permits_ == most_) {
    scheduler.NoteUnsuccessful();
    return Result::kTooMany;
  }
  tsan::Release(address());
  ++permits_;
  scheduler.Changed(id());
  return Result::kOk;
}

std::uint32_t Semaphore::Query(Task& task, std::uintptr_t site) {
  task.scheduler().Point(task, OpKind::kQuery, id(), site);
  return permits_;
}

void Semaphore::Take(Task& task) {
  --permits_;
  task.scheduler().Changed(id());
  tsan::Acquire(address());
}

}  // namespace selvage::model
