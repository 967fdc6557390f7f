#include "selvage/harness/model/shared_mutex.h"

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;
using runtime::WakeReason;

bool SharedMutex::Reads(const Task& task) const {
  for (const Task* reader : readers_) {
    if (reader == &task) return true;
  }
  return false;
}

Result SharedMutex::Lock(Task& task, Timeout timeout, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  // Standing in line is a step of its own where it keeps readers out: it must not happen before it
  // is the task's turn.
  const bool queues = preference_ == Preference::kWriters;
  if (queues || writer_ == &task) scheduler.Point(task, OpKind::kLock, id(), site);
  if (writer_ == &task) return Result::kRelock;
  if (queues && CanWrite()) {
    TakeForWriting(task);
    return Result::kOk;
  }
  if (queues) {
    scheduler.NoteUnsuccessful();
    ++waiting_writers_;
    scheduler.Changed(id());
  }
  const Readiness free{
      .ready = [](const void* self) { return static_cast<const SharedMutex*>(self)->CanWrite(); },
      .context = this};
  const WakeReason reason = scheduler.Await(task, OpKind::kLock, id(), site, free, timeout);
  if (queues) --waiting_writers_;
  if (reason == WakeReason::kTimeout) {
    if (queues) scheduler.Changed(id());
    return Result::kTimedOut;
  }
  TakeForWriting(task);
  return Result::kOk;
}

Result SharedMutex::LockShared(Task& task, Timeout timeout, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  if (writer_ == &task) {
    scheduler.Point(task, OpKind::kLockShared, id(), site);
    return Result::kRelock;
  }
  const Readiness free{
      .ready = [](const void* self) { return static_cast<const SharedMutex*>(self)->CanRead(); },
      .context = this,
      .blockers =
          [](const void* self, runtime::BlockerVisitor& visitor) {
            const Task* writer = static_cast<const SharedMutex*>(self)->writer_;
            if (writer != nullptr) visitor.Visit(writer->id());
          }};
  if (scheduler.Await(task, OpKind::kLockShared, id(), site, free, timeout) ==
      WakeReason::kTimeout) {
    return Result::kTimedOut;
  }
  TakeForReading(task);
  return Result::kOk;
}

Result SharedMutex::TryLock(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kTryLock, id(), site);
  if (!CanWrite()) {
    scheduler.NoteUnsuccessful();
    return Result::kBusy;
  }
  TakeForWriting(task);
  return Result::kOk;
}

Result SharedMutex::TryLockShared(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kTryLockShared, id(), site);
  if (!CanRead()) {
    scheduler.NoteUnsuccessful();
    return Result::kBusy;
  }
  TakeForReading(task);
  return Result::kOk;
}

void SharedMutex::Unlock(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const bool writes = writer_ == &task;
  scheduler.Point(task, writes ? OpKind::kUnlock : OpKind::kUnlockShared, id(), site);
  if (writes) {
    tsan::Release(address());
    writer_ = nullptr;
    scheduler.NoteNotHeld(task, id());
  } else if (Reads(task)) {
    tsan::Release(&readers_left_);
    std::size_t held = readers_.size() - 1;
    while (readers_[held] != &task) --held;
    readers_.RemoveAt(held);
    if (!Reads(task)) scheduler.NoteNotHeld(task, id());
  } else {
    return Misuse(task, "unlocked by a task that does not hold it", site);
  }
  scheduler.Changed(id());
}

void SharedMutex::Destroy(Task& task, std::uintptr_t site) {
  task.scheduler().NoteTouchOfEverything();
  if (!CanWrite()) Misuse(task, "destroyed while held", site);
}

void SharedMutex::TakeForWriting(Task& task) {
  writer_ = &task;
  tsan::Acquire(address());
  tsan::Acquire(&readers_left_);
  task.scheduler().NoteHeld(task, id());
  task.scheduler().Changed(id());
}

void SharedMutex::TakeForReading(Task& task) {
  if (!Reads(task)) task.scheduler().NoteHeld(task, id());
  readers_.Append(&task);
  tsan::Acquire(address());
  task.scheduler().Changed(id());
}

}  // namespace selvage::model
