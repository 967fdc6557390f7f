// Puts one schedule into words: its tasks, objects and places by their names.
#ifndef SELVAGE_HARNESS_REPORT_NARRATOR_H_
#define SELVAGE_HARNESS_REPORT_NARRATOR_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "selvage/harness/report/symbolize.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage::report {

// Reads the schedule that `scheduler` ran last; used by the driver between schedules. No text has
// an address in it. Not thread-safe.
class Narrator {
 public:
  Narrator(const runtime::Scheduler& scheduler, Symbolizer& symbolizer)
      : scheduler_(scheduler), symbolizer_(symbolizer) {}

  // "main", "worker", "task 0.1"; two tasks of one name are told apart by their spawn paths.
  std::string TaskName(runtime::TaskId task) const;

  // The task whose body is this thread of the kernel's.
  std::optional<runtime::TaskId> TaskOnThread(std::uint64_t kernel_thread) const;

  // "Lock 'config'", "counter", "worker"; what a plain access touches is named if it is a global or
  // a Shared.
  std::string ObjectName(const runtime::Op& op) const;
  std::string ObjectName(runtime::ObjectId object) const;
  // The same of an operation by its index in the trace. If stacks were captured, local variables
  // have their names, too.
  std::string ObjectNameAt(std::size_t index) const;

  // The local variable at this address, as the last operation found it that touched it; without a
  // name if stacks were not captured, or the debug information does not tell.
  LocalVariable LocalAt(std::uintptr_t address) const;

  // The plain variable of this schedule that has a name of its own and this address; null: none.
  const runtime::TracedObject* ObjectAt(std::uintptr_t address) const;

  // "counter.cc:31", the innermost place in the user's own code; empty if unknown. `site` serves if
  // there is no stack.
  std::string Place(std::span<const std::uintptr_t> stack, std::uintptr_t site) const;

  // The stack, a line a frame, indented by `indent`: "#0 Increment counter.cc:31". Starts at the
  // user's own code, ends at the task's first frame.
  std::string Stack(std::span<const std::uintptr_t> stack, int indent) const;

  const runtime::Scheduler& scheduler() const { return scheduler_; }

 private:
  std::string Describe(const runtime::TracedObject& object) const;

  const runtime::Scheduler& scheduler_;
  Symbolizer& symbolizer_;
};

// The schedule with a column for each task and a row for each operation, but for accesses to memory
// that only one task touches; at most `most_rows` rows, the middle left out. What the tasks of an
// unfinished schedule wait for comes last; or `death`, if that is what ended the process in the
// task that acted last.
std::string TraceText(const Narrator& narrator, std::size_t most_rows, std::string_view death = {});

// Who waits for whom, after a schedule that ended in a deadlock.
std::string DeadlockText(const Narrator& narrator);
// The same in one line.
std::string DeadlockSummary(const Narrator& narrator);

// Which tasks go in circles in which operations, and what the others wait for, after a schedule
// that ended in a livelock.
std::string LivelockText(const Narrator& narrator);
// The same in one line.
std::string LivelockSummary(const Narrator& narrator);
// What the tasks of a schedule that was given up for its length did last, and what to do about it.
std::string UnfinishedText(const Narrator& narrator);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_NARRATOR_H_
