// Which task goes on, and what else a schedule leaves open.
#include <algorithm>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/decision.h"

namespace selvage::runtime {

// Null: nobody can go on, see DeadEnd().
Task* Scheduler::PickNext(const Task* current) {
  return asleep_.empty() ? PickAwake(current) : PickAmongAsleep(current);
}

// Of those that are enabled and those that wait with a deadline, but for spinners.
Task* Scheduler::PickAwake(const Task* current) {
  if (!deadlines_.empty()) return PickAmongTimed(current);
  switch (enabled_.size()) {
    case 0:
      return nullptr;
    case 1:
      return by_id_[static_cast<std::uint32_t>(enabled_.First())];
    default:
      return Choose(current);
  }
}

// As PickNext, where some task waits with a deadline: those with the earliest one may be let
// expire.
Task* Scheduler::PickAmongTimed(const Task* current) {
  const VirtualTime earliest = EarliestDeadline();
  const bool is_overdue = time_was_watched_ && earliest <= now_;
  if (earliest == kNever || !(enabled_.empty() || settings_.early_timeouts || is_overdue)) {
    if (enabled_.size() > 1) return Choose(current);
    return enabled_.empty() ? nullptr : by_id_[static_cast<std::uint32_t>(enabled_.First())];
  }
  deadlines_.ForEachUntil(earliest, [this](TaskId id) {
    if (enabled_.Contains(id) || asleep_.Contains(id)) return;
    by_id_[static_cast<std::uint32_t>(id)]->expiring_ = true;
    enabled_.Insert(id);
  });
  Task* chosen =
      enabled_.size() > 1 ? Choose(current) : by_id_[static_cast<std::uint32_t>(enabled_.First())];
  if (chosen->expiring_) {
    chosen->timed_out_ = true;
    MoveTime(earliest);
  }
  deadlines_.ForEachUntil(earliest, [&](TaskId id) {
    Task& task = *by_id_[static_cast<std::uint32_t>(id)];
    if (!task.expiring_) return;
    task.expiring_ = false;
    if (&task != chosen) enabled_.Erase(id);
  });
  return chosen;
}

Task* Scheduler::Choose(const Task* current) {
  const schedule::TaskChoice choice{enabled_, by_id_.get(), current, step_};
  const TaskId plainest = schedule::DefaultTask(choice);
  TaskId id = strategy_->NextTask(choice);
  if (!enabled_.Contains(id)) id = plainest;
  Task* chosen = by_id_[static_cast<std::uint32_t>(id)];
  if (id != plainest) {
    NoteDecision({.index = choices_,
                  .kind = schedule::DecisionKind::kTask,
                  .value = static_cast<std::uint32_t>(id),
                  .op = chosen->pending_.kind,
                  .expired = chosen->expiring_});
  }
  ++choices_;
  ++task_choices_;
  return chosen;
}

std::uint32_t Scheduler::ChooseValue(schedule::ValueKind kind, std::uint32_t bound) {
  if (bound < 2 || unwinding_) return 0;
  const std::uint32_t value = strategy_->NextValue(kind, bound) % bound;
  if (value != 0) {
    NoteDecision({.index = choices_,
                  .kind = kind == schedule::ValueKind::kNotifiedWaiter
                              ? schedule::DecisionKind::kNotifiedWaiter
                              : schedule::DecisionKind::kSpuriousWakeup,
                  .value = value});
  }
  ++choices_;
  return value;
}

bool Scheduler::ChooseSpuriousWakeup() {
  if (settings_.spurious_wakeups != 0) NoteTouch(kSpuriousWakeups, /*writes=*/false);
  if (spurious_left_ == 0 || unwinding_) return false;
  if (ChooseValue(schedule::ValueKind::kSpuriousWakeup, 2) == 0) return false;
  NoteTouch(kSpuriousWakeups);
  --spurious_left_;
  return true;
}

}  // namespace selvage::runtime
