// Tells a strategy that asks for it what the steps of the schedule touch.
//
// Most of it follows from the operation that a step begins with and from Changed(). The rest:
//
//  - A step that leaves a timed wait, or begins one, touches time. So does one that changes what
//    somebody waits for with a deadline: whose deadline is the earliest depends on who waits.
//  - The end of a task is no step of its own. It concerns main, whose end tells of threads that
//    live, and daemons, which the last end stops.
//  - What is decided by the state of all tasks touches everything: that a spinner goes on because
//    nobody else can, that time moves for those who look at it, that the schedule is given up.
#include <utility>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {

// The pending operation of the task has just taken effect.
void Scheduler::BeginStep(Task& task, bool waits) {
  const bool expires_late = task.timed_out_ && (!settings_.early_timeouts || time_was_watched_);
  const bool was_last_resort = std::exchange(nobody_else_could_run_, false) || expires_late;
  steps_->Begin(task.id(), waits || was_last_resort, trace_.objects.size());
  const auto touches = PendingTouches(task);
  for (const Touch& touch : touches.span()) AddTouch(touch);
  if (was_last_resort) steps_->AddEverything();
}

void Scheduler::AddTouch(const Touch& touch) {
  steps_->Add(touch);
  if (touch.size != 0 || deadlines_.empty()) return;
  bool waited_for = false;
  waiters_.ForEach(touch.object, [&](const Task& task) { waited_for |= task.timed(); });
  if (waited_for) steps_->Add({.object = kTimeObject, .writes = true});
}

// The task is about to wait with a deadline, or has just done so.
void Scheduler::TouchTimedWait(const Task& task) {
  NoteTouch(task.pending_.object);
  NoteTouch(task.readiness_.also);
  NoteTouch(kTimeObject);
}

void Scheduler::TouchEnd(const Task& task) {
  const bool is_main = task.parent() == nullptr;
  NoteTouch(kScheduleEnd, (is_main || has_daemons_) && !task.daemon_);
}

void Scheduler::NoteCut() {
  NoteTouchOfEverything();
  if (steps_ != nullptr) steps_->is_cut = true;
}

// How soon a spinner rests depends on it.
void Scheduler::NoteMemorySeen() {
  if (sees_memory_) [[likely]]
    return;
  sees_memory_ = true;
  NoteTouchOfEverything();
}

void Scheduler::NoteUnseenAtomic(const Task& task, std::uintptr_t address) {
  if (steps_ != nullptr && !settings_.memory_points && !IsOnStack(task, address)) {
    steps_->has_unseen_atomics = true;
  }
}

}  // namespace selvage::runtime
