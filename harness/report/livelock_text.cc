// Why a schedule has no end, in words.

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/report/narrator.h"

namespace selvage::report {
namespace {

using runtime::OpKind;
using runtime::Scheduler;
using runtime::Task;
using runtime::TaskId;
using runtime::Trace;
using runtime::TraceEntry;

// Operations of a task that are looked through for one round.
constexpr std::size_t kMostOperations = 1'000;
// Of a round, different ones that are shown.
constexpr std::size_t kMostShown = 8;

bool IsSame(const TraceEntry& a, const TraceEntry& b) {
  return a.op.kind == b.op.kind && a.op.object == b.op.object && a.op.site == b.op.site;
}

// The different operations of the last round of a task that goes in circles, as indexes into the
// trace, in order: from one mark to the next.
std::vector<std::size_t> LastRound(const Trace& trace, const Task& task) {
  std::vector<std::size_t> round;
  std::uint32_t marks = 0;
  std::size_t seen = 0;
  for (std::size_t i = trace.entries.size(); i-- > 0 && seen < kMostOperations;) {
    const TraceEntry& entry = trace.entries[i];
    if (entry.op.task != task.id()) continue;
    ++seen;
    marks +=
        entry.op.site == task.spin().mark_site() && entry.op.object == task.spin().mark_object();
    if (marks > task.spin().marks_in_round()) break;
    const bool is_known = std::any_of(round.begin(), round.end(), [&](std::size_t other) {
      return IsSame(trace.entries[other], entry);
    });
    if (marks > 0 && !is_known) round.push_back(i);
  }
  std::reverse(round.begin(), round.end());
  return round;
}

std::string PlaceOf(const Narrator& narrator, std::size_t index) {
  const Trace& trace = narrator.scheduler().trace();
  std::span<const std::uintptr_t> stack;
  if (index < trace.stacks.size()) stack = trace.stacks[index];
  return narrator.Place(stack, trace.entries[index].op.site);
}

// "Lock 'a' at f.cc:3"; what is done, if it is done to nothing that has a name.
std::string ObjectAndPlace(const Narrator& narrator, std::size_t index) {
  const TraceEntry& entry = narrator.scheduler().trace().entries[index];
  std::string text = narrator.ObjectNameAt(index);
  if (text.empty()) text = IsMemoryAccess(entry.op.kind) ? "memory" : OpKindName(entry.op.kind);
  const std::string place = PlaceOf(narrator, index);
  return place.empty() ? text : absl::StrCat(text, " at ", place);
}

// What a round reads, once each: what has a name, if anything has, or else memory, or else what it
// does.
std::string SpinsOn(const Narrator& narrator, const Task& task) {
  const Trace& trace = narrator.scheduler().trace();
  std::vector<std::string> named;
  std::vector<std::string> memory;
  std::vector<std::string> done;
  for (const std::size_t index : LastRound(trace, task)) {
    const TraceEntry& entry = trace.entries[index];
    const bool reads =
        entry.op.object != runtime::kNoObject &&
        (entry.without_effect() || FootprintOf(entry.op.kind) == runtime::Footprint::kNone);
    const bool is_named = !narrator.ObjectNameAt(index).empty();
    std::vector<std::string>& list = !reads ? done : is_named ? named : memory;
    std::string text = ObjectAndPlace(narrator, index);
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
  }
  return absl::StrJoin(!named.empty() ? named : !memory.empty() ? memory : done, " and ");
}

bool Spins(const Scheduler& scheduler, const Task& task) {
  return !task.finished() && scheduler.IsAsleep(task);
}

}  // namespace

std::string LivelockSummary(const Narrator& narrator) {
  const Scheduler& scheduler = narrator.scheduler();
  std::vector<std::string> parts;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (!Spins(scheduler, task)) continue;
    parts.push_back(
        absl::StrCat(narrator.TaskName(task.id()), " spins on ", SpinsOn(narrator, task)));
  }
  return absl::StrCat(absl::StrJoin(parts, "; "), ", which nobody will change");
}

std::string LivelockText(const Narrator& narrator) {
  const Scheduler& scheduler = narrator.scheduler();
  std::string text;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (task.finished()) continue;
    absl::StrAppend(&text, "  ", narrator.TaskName(task.id()));
    if (!Spins(scheduler, task)) {
      absl::StrAppend(&text, " waits in ", OpKindName(task.pending().kind));
      const std::string object = narrator.ObjectName(task.pending());
      if (!object.empty()) absl::StrAppend(&text, " of ", object);
      const std::string place = narrator.Place(task.pending_stack(), task.pending().site);
      absl::StrAppend(&text, place.empty() ? "" : "  at ", place, "\n");
      continue;
    }
    absl::StrAppend(&text, " did the same in ", task.spin().rounds(),
                    " rounds, and was in the same state after each:\n");
    std::size_t shown = 0;
    for (const std::size_t index : LastRound(scheduler.trace(), task)) {
      if (++shown > kMostShown) {
        absl::StrAppend(&text, "    ...\n");
        break;
      }
      const TraceEntry& entry = scheduler.trace().entries[index];
      absl::StrAppend(&text, "    ", OpKindName(entry.op.kind),
                      entry.unsuccessful ? " (failed)" : "", "  ", ObjectAndPlace(narrator, index),
                      "\n");
    }
  }
  return text;
}

std::string UnfinishedText(const Narrator& narrator) {
  const Scheduler& scheduler = narrator.scheduler();
  std::string text;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (task.finished()) continue;
    absl::StrAppend(&text, "  ", narrator.TaskName(task.id()), " is in ",
                    OpKindName(task.pending().kind));
    const std::string object = narrator.ObjectName(task.pending());
    if (!object.empty()) absl::StrAppend(&text, " of ", object);
    const std::string place = narrator.Place(task.pending_stack(), task.pending().site);
    absl::StrAppend(&text, place.empty() ? "" : "  at ", place, "\n");
  }
  return absl::StrCat(
      text,
      "  No task was seen to go in circles. If the body is only long, raise Options::max_steps, "
      "--selvage_max_steps or SELVAGE_MAX_STEPS.\n");
}

}  // namespace selvage::report
