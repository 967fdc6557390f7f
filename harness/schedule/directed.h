// The directed schedule: makes a predicted deadlock happen.
//
// Holds each thread of a cycle at its request, while it has what the thread before it asks for,
// until all of them are there; then none can have what it asks for. After DeadlockFuzzer (Joshi,
// Park, Sen, Naik, "A Randomized Dynamic Program Analysis Technique for Detecting Real Deadlocks",
// PLDI 2009).
#ifndef SELVAGE_HARNESS_SCHEDULE_DIRECTED_H_
#define SELVAGE_HARNESS_SCHEDULE_DIRECTED_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/runtime/trace.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::runtime {
class Scheduler;
}

namespace selvage::schedule {

// Objects of one name, or, without one, made at one place; or the end of one task.
struct ObjectClass {
  std::string type;  // empty: any
  std::string name;
  std::string file;
  unsigned line = 0;
  std::string ends;  // the spawn path of that task; else empty

  // Not of ends.
  bool Contains(const runtime::TracedObject& object) const;
};

// "A task of this spawn path waits for one of `asks`, having one of `holds`."
struct RequestTarget {
  std::string path;
  ObjectClass asks;
  std::optional<ObjectClass> holds;  // nothing: whatever it has
  // The target whose task has what this one asks for; nothing: nobody need be seen to have it.
  std::optional<std::size_t> held_by = std::nullopt;
  // Where it asks; for those who know how to resolve addresses.
  std::string file = {};
  unsigned line = 0;
};

class Directed : public Strategy {
 public:
  // One target for each thread of the cycle. `trace` is that of the schedules to come; both outlive
  // the strategy's use.
  Directed(std::vector<RequestTarget> targets, const runtime::Trace& trace);

  std::string_view name() const override { return "directed"; }
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override;
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;

  // Whether `task` waits as its target says. For the schedule that runs, or ran last.
  bool IsAtRequest(const runtime::Task& task) const;
  // Whether every target's task waits as it says, for what the next one has, and will never go on.
  bool AllAtRequests(const runtime::Scheduler& scheduler) const;
  // The target of `task`, -1 if it has none.
  int TargetOf(const runtime::Task& task) const;

 private:
  struct Watched {
    int target = -1;
    std::uint64_t seen = 0;   // the operation, as Task::announced() counts them, that was looked at
    bool held = false;        // at that operation
    runtime::ObjectId end{};  // of the task
    std::string path;
  };

  bool IsHeld(const runtime::Task& task);
  bool Is(const ObjectClass& wanted, runtime::ObjectId object) const;
  bool IsEndOf(const std::string& path, runtime::ObjectId object) const;

  const std::vector<RequestTarget> targets_;
  const runtime::Trace& trace_;
  Random random_;
  std::uint64_t schedules_ = 0;
  bool holds_always_ = true;
  std::vector<Watched> watched_;  // by task id
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_DIRECTED_H_
