// Tasks that can never go on, though others may.
//
// Some waits only certain tasks can end: whoever holds the lock, the task whose end is waited for.
// A task that waits without a deadline for one that waits for it in turn, directly or through
// others, will never go on, whatever the rest does; nor will one that waits for a task that has
// ended with what is asked for. That is a deadlock at the moment when the last of them blocks. A
// wait that any task might end (a notification, an event, a permit, an item) is one only when no
// task is left that could run.
//
// Such a circle closes when its last task blocks: the others wait already, and a task that waits
// takes nothing. Hence one walk from each task that blocks finds all of them.
#include <algorithm>
#include <utility>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {
namespace {

struct TaskList final : BlockerVisitor {
  void Visit(TaskId id) override { tasks.push_back(id); }

  std::vector<TaskId> tasks;
};

}  // namespace

// Whether it is stopped in a wait that only others can end.
bool Scheduler::Waits(const Task& task) const {
  return !task.finished_ && task.deadline_ == kNever && !enabled_.Contains(task.id());
}

// Visits those without whom the task, which waits, cannot go on; see Readiness. Some may have
// ended.
void Scheduler::VisitBlockers(const Task& task, BlockerVisitor& visitor) const {
  if (task.readiness_.blockers != nullptr) {
    task.readiness_.blockers(task.readiness_.context, visitor);
    return;
  }
  const Op& op = task.pending_;
  if (op.kind != OpKind::kLock && op.kind != OpKind::kWake) return;
  const std::uint32_t count = holders_.CountOf(op.object);
  if (count == 1) return visitor.Visit(holders_.OnlyOneOf(op.object));
  for (std::uint32_t i = 0; i < task_count_ && count > 0; ++i) {
    for (const ObjectId held : by_id_[i]->held_) {
      if (held == op.object) visitor.Visit(TaskId{i});
    }
  }
}

// From a task along those that are waited for, breadth first. Allocates nothing: it is done on the
// thread of a task.
class Scheduler::Walk final : public BlockerVisitor {
 public:
  Walk(Scheduler& scheduler, Task& from) : scheduler_(scheduler), from_(from), last_(&from) {
    from.walk_ = ++scheduler.walks_;
    from.next_met_ = nullptr;
    for (Task* at = &from; at != nullptr; at = at->next_met_) scheduler.VisitBlockers(*at, *this);
  }

  // Whether it came back to where it began.
  bool is_circle() const { return is_circle_; }
  // Whether it came to a task that has ended.
  bool ends() const { return ends_; }
  bool Met(const Task& task) const { return task.walk_ == from_.walk_; }

  void Visit(TaskId id) override {
    Task& task = *scheduler_.by_id_[static_cast<std::uint32_t>(id)];
    is_circle_ |= &task == &from_;
    ends_ |= task.finished_;
    if (Met(task) || !scheduler_.Waits(task)) return;
    task.walk_ = from_.walk_;
    task.next_met_ = nullptr;
    last_->next_met_ = &task;
    last_ = &task;
  }

 private:
  Scheduler& scheduler_;
  Task& from_;
  Task* last_;
  bool is_circle_ = false;
  bool ends_ = false;
};

// Whether the task, which has just begun to wait without a deadline, makes this a deadlock. That a
// daemon waits for what an ended task has kept is none, as long as nobody else waits for the
// daemon. O(tasks on the way).
bool Scheduler::CanNeverGoOn(Task& task) {
  // Most often it waits for one task, and that one runs.
  if (task.readiness_.blockers == nullptr) {
    const std::uint32_t holders = holders_.CountOf(task.pending_.object);
    if (holders == 0) return false;
    if (holders == 1) {
      const TaskId only = holders_.OnlyOneOf(task.pending_.object);
      const Task& holder = *by_id_[static_cast<std::uint32_t>(only)];
      if (!holder.finished_ && !Waits(holder)) return false;
    }
  }
  const Walk walk(*this, task);
  if (walk.is_circle()) return true;
  if (!walk.ends()) return false;
  if (!task.daemon_) return true;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    Task& other = *by_id_[i];
    if (!other.daemon_ && Waits(other) && Walk(*this, other).Met(task)) return true;
  }
  return false;
}

// Whether anybody but daemons waits for what an ended task has kept.
bool Scheduler::WaitsForEndedTask() {
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    Task& task = *by_id_[i];
    if (!task.daemon_ && Waits(task) && Walk(*this, task).ends()) return true;
  }
  return false;
}

void Scheduler::StopInSelfDeadlock(Task& task, Object& object, std::uintptr_t site) {
  if (unwinding_) WaitWhileUnwinding(task);
  bool first_use;
  task.pending_ = Op{OpKind::kLock, task.id(), Enter(object, first_use), site};
  enabled_.Erase(task.id());
  GiveUp(task, Outcome::kDeadlock);
}

void Scheduler::NoteHeld(Task& task, ObjectId object) {
  if (unwinding_) return;
  task.held_.Append(object);
  holders_.Add(object, task.id());
}

void Scheduler::NoteNotHeld(Task& task, ObjectId object) {
  if (unwinding_) return;
  for (std::size_t i = task.held_.size(); i-- > 0;) {
    if (task.held_[i] != object) continue;
    task.held_.RemoveAt(i);
    holders_.Remove(object, task.id());
    return;
  }
}

const StoppedTask* Scheduler::FindStopped(TaskId task) const {
  const auto found = std::find_if(stopped_.begin(), stopped_.end(),
                                  [task](const StoppedTask& one) { return one.task == task; });
  return found == stopped_.end() ? nullptr : &*found;
}

// On the driver, before anybody is unwound: what the tasks wait for is asked on their stacks.
//
// A circle, or a wait for what an ended task has kept, is the cause of all the rest. Where there is
// none, nobody can run at all, and the causes are the waits that anybody might have ended. What a
// daemon waits for matters only to those who wait for the daemon, unless all others have ended.
void Scheduler::NoteStopped() {
  const bool completed = outcome_ == Outcome::kCompleted;
  if (outcome_ != Outcome::kDeadlock && !(completed && notes_blocked_daemons_)) return;
  bool any_can_run = false;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    const Task& task = *by_id_[i];
    any_can_run |= !task.finished_ && !Waits(task);
    if (!Waits(task)) continue;
    TaskList blockers;
    VisitBlockers(task, blockers);
    stopped_.push_back({.task = task.id(), .waits_for = std::move(blockers.tasks)});
  }
  const auto task_of = [this](const StoppedTask& one) -> Task& {
    return *by_id_[static_cast<std::uint32_t>(one.task)];
  };
  const auto mark = [&](auto&& is_wrong) {
    for (const StoppedTask& one : stopped_) {
      if (!completed && task_of(one).daemon()) continue;
      const Walk walk(*this, task_of(one));
      for (StoppedTask& other : stopped_) {
        other.is_cause |= walk.Met(task_of(other)) && is_wrong(other);
      }
    }
  };
  for (StoppedTask& one : stopped_) one.is_cause = Walk(*this, task_of(one)).is_circle();
  mark([this](const StoppedTask& one) {
    return std::any_of(one.waits_for.begin(), one.waits_for.end(),
                       [this](TaskId id) { return task(id).finished(); });
  });
  const auto is_cause = [](const StoppedTask& one) { return one.is_cause; };
  if (!any_can_run) {
    if (std::any_of(stopped_.begin(), stopped_.end(), is_cause)) return;
    mark([](const StoppedTask& one) { return one.waits_for.empty(); });
    return;
  }
  const auto can_go_on = [&](const StoppedTask& one) {
    const Walk walk(*this, task_of(one));
    return std::none_of(stopped_.begin(), stopped_.end(), [&](const StoppedTask& other) {
      return other.is_cause && walk.Met(task_of(other));
    });
  };
  stopped_.erase(std::remove_if(stopped_.begin(), stopped_.end(), can_go_on), stopped_.end());
}

}  // namespace selvage::runtime
