#include "selvage/harness/model/once.h"

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;

Once::Turn Once::Begin(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  scheduler.NoteTouch(id());
  if (doer_ == &task) scheduler.StopInSelfDeadlock(task, object(), site);
  if (doer_ != nullptr) {
    const Readiness free{
        .ready = [](const void* self) { return static_cast<const Once*>(self)->doer_ == nullptr; },
        .context = this};
    scheduler.Await(task, OpKind::kLock, id(), site, free);
  }
  tsan::Acquire(address());
  if (done_) return Turn::kDone;
  doer_ = &task;
  scheduler.NoteHeld(task, id());
  scheduler.Changed(id());
  return Turn::kCallers;
}

void Once::End(Task& task, bool done) {
  Scheduler& scheduler = task.scheduler();
  tsan::Release(address());
  done_ = done;
  doer_ = nullptr;
  scheduler.NoteNotHeld(task, id());
  scheduler.Changed(id());
}

}  // namespace selvage::model
