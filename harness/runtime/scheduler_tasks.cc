// Starting tasks, waiting for their ends, and what is wrong when one has ended.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {

void Scheduler::Grow() {
  const std::uint32_t capacity = std::max<std::uint32_t>(16, 2 * task_count_);
  enabled_.Reserve(capacity);
  watched_.Reserve(capacity);
  asleep_.Reserve(capacity);
  passed_over_.Reserve(capacity);
  auto by_id = std::make_unique<Task*[]>(capacity);
  while (tasks_.size() < capacity) tasks_.push_back(std::make_unique<Task>());
  for (std::uint32_t i = 0; i < capacity; ++i) by_id[i] = tasks_[i].get();
  by_id_ = std::move(by_id);
}

Task& Scheduler::Spawn(Task& parent, Closure closure, std::string_view name, SourceLocation made_at,
                       std::uintptr_t site, bool daemon) {
  if (unwinding_) [[unlikely]]
    WaitWhileUnwinding(parent);
  Point(parent, OpKind::kSpawn, kNoObject, site);
  Task& child = NewTask(&parent, closure, name, made_at, daemon);
  if (daemon) NoteTouch(kScheduleEnd);
  trace_.entries.back().op.object = child.object_;
  child.spawn_site_ = site;
  if (observer_ != nullptr) observer_->OnSpawn(parent, child);
  tsan::Release(&child);
  return child;
}

void Scheduler::Detach(Task& task) {
  NoteTouchOfEverything();
  if (task.daemon_) return;
  has_daemons_ = true;
  task.daemon_ = true;
  live_ -= task.finished_ ? 0 : 1;
}

void Scheduler::RemoveExitAction(TaskId task, const ExitAction& action) {
  ExitAction** link = &tasks_[static_cast<std::uint32_t>(task)]->exit_actions_;
  while (*link != &action) link = &(*link)->next;
  *link = action.next;
}

WakeReason Scheduler::Join(Task& task, const Task& child, std::uintptr_t site,
                           std::optional<std::chrono::nanoseconds> timeout) {
  if (unwinding_) [[unlikely]]
    return JoinWhileUnwinding(task);
  if (observer_ != nullptr) observer_->OnJoin(task, child, site, timeout.has_value());
  const Readiness ended{
      .ready = [](const void* of) { return static_cast<const Task*>(of)->finished(); },
      .context = &child,
      .blockers =
          [](const void* of, BlockerVisitor& visitor) {
            visitor.Visit(static_cast<const Task*>(of)->id());
          }};
  const WakeReason reason = Await(task, OpKind::kJoin, child.object_, site, ended, timeout);
  if (reason == WakeReason::kReady) {
    tsan::Acquire(&child);
    if (observer_ != nullptr) observer_->OnJoined(task, child);
  }
  return reason;
}

void Scheduler::ReportLeakedLocks(Task& task) {
  const tsan::IgnoreScope unseen;
  for (const ObjectId id : task.held_) {
    Report(
        task, FindingKind::kLeakedLock,
        absl::StrCat(task.Description(), " ended while it held ", trace_.object(id).Description()));
  }
}

// What the body under test has started and not waited for.
void Scheduler::ReportLeakedThreads(Task& main) {
  if (live_ == 1) return;
  const tsan::IgnoreScope unseen;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    const Task& task = *by_id_[i];
    if (&task == &main || task.finished_ || task.daemon_) continue;
    Report(main, FindingKind::kLeakedThread,
           absl::StrCat(task.Description(), " was still alive when the body returned"));
  }
}

}  // namespace selvage::runtime
