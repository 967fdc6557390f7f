// Why tasks can never go on, in words.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/report/narrator.h"

namespace selvage::report {
namespace {

using runtime::ObjectId;
using runtime::OpKind;
using runtime::Scheduler;
using runtime::StoppedTask;
using runtime::Task;
using runtime::TaskId;
using runtime::TraceEntry;

bool Holds(const Task& task, ObjectId object) {
  return std::find(task.held().begin(), task.held().end(), object) != task.held().end();
}

// "a", "a and b", "a, b and c".
std::string Enumerate(const std::vector<std::string>& names) {
  if (names.size() < 2) return absl::StrJoin(names, "");
  const std::vector<std::string> but_last(names.begin(), names.end() - 1);
  return absl::StrCat(absl::StrJoin(but_last, ", "), " and ", names.back());
}

// Who has what the task asks for; ", which b holds".
std::string HeldBy(const Narrator& narrator, const StoppedTask& waiter, ObjectId object) {
  const Scheduler& scheduler = narrator.scheduler();
  std::vector<std::string> holders;
  std::vector<std::string> ended;
  std::vector<std::string> ahead;
  bool is_held_by_itself = false;
  for (const TaskId id : waiter.waits_for) {
    const Task& task = scheduler.task(id);
    if (id == waiter.task) {
      is_held_by_itself = true;
    } else if (!Holds(task, object)) {
      ahead.push_back(narrator.TaskName(id));
    } else {
      (task.finished() ? ended : holders).push_back(narrator.TaskName(id));
    }
  }
  std::vector<std::string> parts;
  if (is_held_by_itself) parts.emplace_back("which it holds itself");
  if (!holders.empty()) {
    parts.push_back(
        absl::StrCat("which ", Enumerate(holders), holders.size() > 1 ? " hold" : " holds"));
  }
  if (!ended.empty()) {
    parts.push_back(absl::StrCat(
        "which ", Enumerate(ended),
        ended.size() > 1 ? " hold although they have ended" : " holds although it has ended"));
  }
  if (!ahead.empty()) parts.push_back(absl::StrCat("behind ", Enumerate(ahead)));
  if (parts.empty()) parts.emplace_back("which nobody holds");
  return absl::StrJoin(parts, ", ");
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

// What it waits for, without its own name.
std::string WaitsFor(const Narrator& narrator, const StoppedTask& waiter) {
  const Task& task = narrator.scheduler().task(waiter.task);
  const runtime::Op& op = task.pending();
  const std::string object = narrator.ObjectName(op);
  switch (op.kind) {
    case OpKind::kLock:
    case OpKind::kLockShared:
      return absl::StrCat("waits for ", object, ", ", HeldBy(narrator, waiter, op.object));
    case OpKind::kWake: {
      const std::string condition = narrator.ObjectName(task.waits_also_for());
      if (waiter.waits_for.empty()) {
        return absl::StrCat("waits to be notified by ", condition);
      }
      return absl::StrCat("waits for ", condition, " and then for ", object, ", ",
                          HeldBy(narrator, waiter, op.object));
    }
    case OpKind::kJoin:
      return absl::StrCat("waits for the end of ", object);
    case OpKind::kAcquire:
      return absl::StrCat("waits for a permit of ", object);
    default:
      break;
  }
  std::string text = absl::StrCat("waits in ", OpKindName(op.kind));
  if (!object.empty()) absl::StrAppend(&text, " of ", object);
  if (waiter.waits_for.empty()) return text;
  std::vector<std::string> others;
  for (const TaskId id : waiter.waits_for) others.push_back(narrator.TaskName(id));
  return absl::StrCat(text, ", for ", Enumerate(others));
}

void AppendLostNotification(const Narrator& narrator, const Task& task, std::string& text) {
  if (task.pending().kind != OpKind::kWake) return;
  const TraceEntry* lost = LostNotification(narrator.scheduler(), task.waits_also_for());
  if (lost == nullptr) return;
  absl::StrAppend(&text, "    lost wakeup: ", narrator.TaskName(lost->op.task),
                  " notified when nobody waited");
  const std::string at = narrator.Place({}, lost->op.site);
  if (!at.empty()) absl::StrAppend(&text, "  at ", at);
  absl::StrAppend(&text, "\n");
}

}  // namespace

std::string DeadlockText(const Narrator& narrator) {
  const Scheduler& scheduler = narrator.scheduler();
  std::string text;
  for (const StoppedTask& stopped : scheduler.stopped()) {
    const Task& task = scheduler.task(stopped.task);
    absl::StrAppend(&text, "  ", task.daemon() ? "daemon " : "", narrator.TaskName(task.id()), " ",
                    WaitsFor(narrator, stopped));
    const std::string place = narrator.Place(task.pending_stack(), task.pending().site);
    if (!place.empty()) absl::StrAppend(&text, "  at ", place);
    absl::StrAppend(&text, "\n");
    std::vector<std::string> held;
    for (const ObjectId object : task.held()) held.push_back(narrator.ObjectName(object));
    if (!held.empty()) absl::StrAppend(&text, "    holding ", absl::StrJoin(held, ", "), "\n");
    AppendLostNotification(narrator, task, text);
  }
  std::vector<std::string> others;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    if (scheduler.task(TaskId{i}).finished() || scheduler.FindStopped(TaskId{i})) continue;
    others.push_back(narrator.TaskName(TaskId{i}));
  }
  if (!others.empty()) {
    absl::StrAppend(&text, "  that ", Enumerate(others), " could still run does not help them\n");
  }
  return text;
}

std::string DeadlockSummary(const Narrator& narrator) {
  std::vector<std::string> parts;
  for (const StoppedTask& stopped : narrator.scheduler().stopped()) {
    if (!stopped.is_cause) continue;
    const bool is_daemon = narrator.scheduler().task(stopped.task).daemon();
    parts.push_back(absl::StrCat(is_daemon ? "daemon " : "", narrator.TaskName(stopped.task), " ",
                                 WaitsFor(narrator, stopped)));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace selvage::report
