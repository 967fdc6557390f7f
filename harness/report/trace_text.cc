// A schedule as a table: a column for each task, a row for each operation.

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/report/narrator.h"

namespace selvage::report {
namespace {

using runtime::OpKind;
using runtime::TaskId;
using runtime::TraceEntry;

constexpr std::size_t kWidestColumn = 44;

// A row before it is laid out.
struct Row {
  std::size_t step;  // from 1
  std::uint32_t column;
  std::string cell;
};

// The plain memory that more than one task touches in this schedule, or another than the one on
// whose stack it lies; accesses to the rest change nothing for anybody else.
absl::flat_hash_set<runtime::ObjectId> SharedMemory(const runtime::Scheduler& scheduler) {
  const runtime::Trace& trace = scheduler.trace();
  absl::flat_hash_map<runtime::ObjectId, TaskId> first_user;
  absl::flat_hash_set<runtime::ObjectId> shared;
  for (const TraceEntry& entry : trace.entries) {
    if (!runtime::IsMemoryAccess(entry.op.kind)) continue;
    const auto [user, is_new] = first_user.try_emplace(entry.op.object, entry.op.task);
    const TaskId other = is_new ? scheduler.StackOwner(static_cast<std::uintptr_t>(entry.op.object))
                                      .value_or(entry.op.task)
                                : user->second;
    if (other != entry.op.task) shared.insert(entry.op.object);
  }
  return shared;
}

std::string Cell(const Narrator& narrator, const TraceEntry& entry, const std::string& object,
                 std::span<const std::uintptr_t> stack) {
  std::string text = OpKindName(entry.op.kind);
  const bool about_itself = entry.op.kind == OpKind::kStart || entry.op.kind == OpKind::kEnd;
  if (!object.empty() && !about_itself) absl::StrAppend(&text, " ", object);
  if (entry.timed_out) absl::StrAppend(&text, " [timed out]");
  if (entry.unsuccessful) {
    const bool notify = entry.op.kind == OpKind::kNotifyOne || entry.op.kind == OpKind::kNotifyAll;
    absl::StrAppend(&text, notify ? " [nobody waits]" : " [failed]");
  }
  if (!about_itself) {
    const std::string place = narrator.Place(stack, entry.op.site);
    if (!place.empty()) absl::StrAppend(&text, "  ", place);
  }
  return text;
}

// What an unfinished task would have done next.
std::string BlockedCell(const Narrator& narrator, const runtime::Task& task) {
  const TraceEntry pending{.op = task.pending()};
  return absl::StrCat(
      Cell(narrator, pending, narrator.ObjectName(pending.op), task.pending_stack()), "  [never]");
}

std::vector<Row> Rows(const Narrator& narrator, std::size_t most_rows, std::string_view death,
                      std::size_t& left_out) {
  const runtime::Scheduler& scheduler = narrator.scheduler();
  const runtime::Trace& trace = scheduler.trace();
  const absl::flat_hash_set<runtime::ObjectId> shared = SharedMemory(scheduler);
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < trace.entries.size(); ++i) {
    const runtime::Op& op = trace.entries[i].op;
    if (!runtime::IsMemoryAccess(op.kind) || shared.contains(op.object)) shown.push_back(i);
  }
  left_out = shown.size() > most_rows ? shown.size() - most_rows : 0;
  if (left_out > 0) {
    const auto middle = shown.begin() + static_cast<std::ptrdiff_t>(most_rows / 2);
    shown.erase(middle, middle + static_cast<std::ptrdiff_t>(left_out));
  }
  std::vector<Row> rows;
  for (const std::size_t i : shown) {
    const TraceEntry& entry = trace.entries[i];
    rows.push_back({i + 1, static_cast<std::uint32_t>(entry.op.task),
                    Cell(narrator, entry, narrator.ObjectNameAt(i),
                         i < trace.stacks.size() ? std::span<const std::uintptr_t>(trace.stacks[i])
                                                 : std::span<const std::uintptr_t>())});
  }
  if (!death.empty()) {
    const auto actor = static_cast<std::uint32_t>(trace.entries.back().op.task);
    rows.push_back({0, actor, absl::StrCat(std::string(death), "  [the process ends]")});
    return rows;
  }
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const runtime::Task& task = scheduler.task(TaskId{i});
    if (task.finished()) continue;
    // In a deadlock the others might have gone on.
    if (!scheduler.stopped().empty() && scheduler.FindStopped(TaskId{i}) == nullptr) continue;
    rows.push_back({0, i, BlockedCell(narrator, task)});
  }
  return rows;
}

}  // namespace

std::string TraceText(const Narrator& narrator, std::size_t most_rows, std::string_view death) {
  std::size_t left_out = 0;
  const std::vector<Row> rows = Rows(narrator, most_rows, death, left_out);
  const std::uint32_t tasks = narrator.scheduler().task_count();
  std::vector<std::size_t> widths(tasks);
  for (std::uint32_t i = 0; i < tasks; ++i) widths[i] = narrator.TaskName(TaskId{i}).size();
  for (const Row& row : rows) {
    widths[row.column] = std::min(kWidestColumn, std::max(widths[row.column], row.cell.size()));
  }

  std::string text = "  step";
  for (std::uint32_t i = 0; i < tasks; ++i) {
    std::string name = narrator.TaskName(TaskId{i});
    if (i + 1 < tasks) name.resize(std::max(name.size(), widths[i]), ' ');
    absl::StrAppend(&text, "  ", name);
  }
  absl::StrAppend(&text, "\n");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (left_out > 0 && i == most_rows / 2) {
      absl::StrAppend(&text, "   ...  ", Plural(left_out, "operation", "operations"),
                      " left out\n");
    }
    std::string line = rows[i].step == 0 ? "" : absl::StrCat(rows[i].step);
    line.insert(0, 6 - std::min<std::size_t>(6, line.size()), ' ');
    for (std::uint32_t column = 0; column < rows[i].column; ++column) {
      line.append(widths[column] + 2, ' ');
    }
    absl::StrAppend(&text, line, "  ", rows[i].cell, "\n");
  }
  return text;
}

}  // namespace selvage::report
