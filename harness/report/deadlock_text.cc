// Why nobody can run any more, in words.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/report/narrator.h"

namespace selvage::report {
namespace {

using runtime::ObjectId;
using runtime::OpKind;
using runtime::Scheduler;
using runtime::Task;
using runtime::TaskId;
using runtime::TraceEntry;

// Null: nobody.
const Task* HolderOf(const Scheduler& scheduler, ObjectId object) {
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    for (const ObjectId held : task.held()) {
      if (held == object) return &task;
    }
  }
  return nullptr;
}

std::string HeldBy(const Narrator& narrator, const Task& waiter, ObjectId object) {
  const Task* holder = HolderOf(narrator.scheduler(), object);
  if (holder == nullptr) return "which nobody holds";
  if (holder == &waiter) return "which it holds itself";
  return absl::StrCat("which ", narrator.TaskName(holder->id()), " holds",
                      holder->finished() ? " although it has ended" : "");
}

// Whether the wait of `waiter` on `condition` came after a notification that nobody heard, and none
// came later.
const TraceEntry* LostNotification(const Scheduler& scheduler, ObjectId condition) {
  const TraceEntry* lost = nullptr;
  for (const TraceEntry& entry : scheduler.trace().entries) {
    const bool notify = entry.op.kind == OpKind::kNotifyOne || entry.op.kind == OpKind::kNotifyAll;
    if (notify && entry.op.object == condition && entry.unsuccessful) lost = &entry;
  }
  return lost;
}

// What the unfinished `task` waits for, without its own name.
std::string WaitsFor(const Narrator& narrator, const Task& task) {
  const Scheduler& scheduler = narrator.scheduler();
  const runtime::Op& op = task.pending();
  switch (op.kind) {
    case OpKind::kLock:
    case OpKind::kLockShared:
      return absl::StrCat("waits for ", narrator.ObjectName(op.object), ", ",
                          HeldBy(narrator, task, op.object));
    case OpKind::kWake: {
      const ObjectId condition = task.waits_also_for();
      if (const Task* holder = HolderOf(scheduler, op.object); holder != nullptr) {
        return absl::StrCat("waits for ", narrator.ObjectName(condition), " and then for ",
                            narrator.ObjectName(op.object), ", ",
                            HeldBy(narrator, task, op.object));
      }
      return absl::StrCat("waits to be notified by ", narrator.ObjectName(condition));
    }
    case OpKind::kJoin:
      return absl::StrCat("waits for the end of ", narrator.ObjectName(op.object));
    case OpKind::kAcquire:
      return absl::StrCat("waits for a permit of ", narrator.ObjectName(op.object));
    default:
      return absl::StrCat("waits in ", OpKindName(op.kind), " of ", narrator.ObjectName(op.object));
  }
}

}  // namespace

std::string DeadlockText(const Narrator& narrator) {
  const Scheduler& scheduler = narrator.scheduler();
  std::string text;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (task.finished()) continue;
    absl::StrAppend(&text, "  ", narrator.TaskName(task.id()), " ", WaitsFor(narrator, task));
    const std::string place = narrator.Place(task.pending_stack(), task.pending().site);
    if (!place.empty()) absl::StrAppend(&text, "  at ", place);
    absl::StrAppend(&text, "\n");
    std::vector<std::string> held;
    for (const ObjectId object : task.held()) held.push_back(narrator.ObjectName(object));
    if (!held.empty()) absl::StrAppend(&text, "    holding ", absl::StrJoin(held, ", "), "\n");
    if (task.pending().kind != OpKind::kWake) continue;
    if (const TraceEntry* lost = LostNotification(scheduler, task.waits_also_for())) {
      absl::StrAppend(&text, "    lost wakeup: ", narrator.TaskName(lost->op.task),
                      " notified when nobody waited");
      const std::string at = narrator.Place({}, lost->op.site);
      if (!at.empty()) absl::StrAppend(&text, "  at ", at);
      absl::StrAppend(&text, "\n");
    }
  }
  return text;
}

std::string DeadlockSummary(const Narrator& narrator) {
  const Scheduler& scheduler = narrator.scheduler();
  std::vector<std::string> parts;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (task.finished()) continue;
    // A join only follows from what the others do, unless nobody else is left.
    if (task.pending().kind == OpKind::kJoin && scheduler.task_count() > 1 && i == 0) continue;
    parts.push_back(absl::StrCat(narrator.TaskName(task.id()), " ", WaitsFor(narrator, task)));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace selvage::report
