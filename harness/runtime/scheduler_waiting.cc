// Who waits for what, and whether it has come.
#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {

// From here on the task learns of what changes.
void Scheduler::BeginWait(Task& task) {
  const ObjectId object = task.pending_.object;
  const ObjectId also = task.readiness_.also;
  if (object != kNoObject) waiters_.Add(task.waits_for_object_, object);
  if (also != kNoObject && also != object) waiters_.Add(task.waits_also_, also);
}

void Scheduler::EndWait(Task& task) {
  waiters_.Remove(task.waits_for_object_);
  waiters_.Remove(task.waits_also_);
}

void Scheduler::Refresh(Task& task) {
  // What the readiness of a task reads is gone once that one has been unwound.
  if (unwinding_) [[unlikely]]
    return;
  if (task.readiness_.ready == nullptr || task.finished_) return;
  NoteTouch(task.readiness_.also != kNoObject ? task.readiness_.also : task.pending_.object);
  if (task.readiness_.ready(task.readiness_.context)) {
    enabled_.Insert(task.id());
  } else {
    enabled_.Erase(task.id());
  }
}

void Scheduler::Changed(ObjectId object) {
  if (!watched_.empty()) [[unlikely]]
    WakeReaders(object);
  NoteTouch(object);
  waiters_.ForEach(object, [this](Task& task) { Refresh(task); });
}

const char* Scheduler::CheckInvariants() const {
  if (!deadlines_.IsOrdered()) return "the deadlines are out of order";
  std::size_t timed = 0;
  std::uint32_t live = 0;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    const Task& task = *by_id_[i];
    live += !task.finished_ && !task.daemon_;
    timed += task.deadline_ != kNever;
    if (task.finished_) {
      if (enabled_.Contains(task.id()))
        return "a task that has ended is taken for one that can run";
      continue;
    }
    if (asleep_.Contains(task.id()) && !watched_.Contains(task.id())) {
      return "a task sleeps that is not known to go in circles";
    }
    const Readiness& readiness = task.readiness_;
    const bool can_run = readiness.ready == nullptr || readiness.ready(readiness.context);
    if (can_run != enabled_.Contains(task.id())) {
      return can_run ? "a task that can run is not known to" : "a task that waits is let run";
    }
    bool is_listed = readiness.ready == nullptr || task.pending_.object == kNoObject;
    waiters_.ForEach(task.pending_.object,
                     [&](const Task& other) { is_listed |= &other == &task; });
    if (!is_listed) return "a task waits for an object that does not know it";
    for (const ObjectId object : task.held_) {
      if (holders_.CountOf(object) == 0) return "a task holds what nobody holds";
    }
  }
  if (timed != deadlines_.size()) return "a deadline is kept that no task has";
  return live == live_ ? nullptr : "tasks are counted that do not live";
}

}  // namespace selvage::runtime
