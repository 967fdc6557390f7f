#include "selvage/harness/model/mutex.h"

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;
using runtime::WakeReason;

Result Mutex::Lock(Task& task, Timeout timeout, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  if (owner_ == &task && relocking_ != Relocking::kDeadlocks) {
    scheduler.Point(task, OpKind::kLock, id(), site);
    return Deepen();
  }
  if (owner_ == &task && !timeout) scheduler.StopInSelfDeadlock(task, object(), site);
  const Readiness free{
      .ready = [](const void* self) { return static_cast<const Mutex*>(self)->IsFree(); },
      .context = this};
  if (scheduler.Await(task, OpKind::kLock, id(), site, free, timeout) == WakeReason::kTimeout) {
    return Result::kTimedOut;
  }
  TakeBack(task, 1);
  return Result::kOk;
}

Result Mutex::TryLock(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kTryLock, id(), site);
  if (owner_ == &task && relocking_ == Relocking::kCounts) return Deepen();
  if (owner_ != nullptr) {
    scheduler.NoteUnsuccessful();
    return Result::kBusy;
  }
  TakeBack(task, 1);
  return Result::kOk;
}

Result Mutex::Unlock(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kUnlock, id(), site);
  if (owner_ != &task) {
    if (relocking_ == Relocking::kDeadlocks) {
      Misuse(task,
             owner_ == nullptr ? "unlocked while nobody holds it"
                               : "unlocked by a task that does not hold it",
             site);
    }
    return Result::kNotOwner;
  }
  if (count_ > 1) {
    --count_;
  } else {
    GiveUp(task);
  }
  return Result::kOk;
}

void Mutex::Destroy(Task& task, std::uintptr_t site) {
  task.scheduler().NoteTouchOfEverything();
  if (owner_ != nullptr) Misuse(task, "destroyed while held", site);
}

Result Mutex::Deepen() {
  if (relocking_ == Relocking::kFails) return Result::kRelock;
  if (count_ == UINT32_MAX) return Result::kTooMany;
  ++count_;
  return Result::kOk;
}

std::uint32_t Mutex::GiveUp(Task& task) {
  const std::uint32_t count = count_;
  tsan::Release(address());
  owner_ = nullptr;
  count_ = 0;
  Scheduler& scheduler = task.scheduler();
  scheduler.NoteNotHeld(task, id());
  scheduler.Changed(id());
  return count;
}

void Mutex::TakeBack(Task& task, std::uint32_t count) {
  owner_ = &task;
  count_ = count;
  Scheduler& scheduler = task.scheduler();
  scheduler.NoteHeld(task, id());
  scheduler.Changed(id());
  tsan::Acquire(address());
}

}  // namespace selvage::model
