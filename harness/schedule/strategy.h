// Who runs next: the interface of all strategies.
#ifndef SELVAGE_HARNESS_SCHEDULE_STRATEGY_H_
#define SELVAGE_HARNESS_SCHEDULE_STRATEGY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/steps.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/runtime/task_set.h"

namespace selvage::schedule {

// One choice of a task. At least two candidates.
struct TaskChoice {
  const runtime::TaskSet& candidates;
  const runtime::Task* const* tasks;  // by id
  // The task that asks; it can go on only if it is a candidate. Null when it has just ended.
  const runtime::Task* current;
  runtime::Step step;

  const runtime::Task& task(runtime::TaskId id) const {
    return *tasks[static_cast<std::uint32_t>(id)];
  }
  bool CurrentCanContinue() const {
    return current != nullptr && candidates.Contains(current->id()) && !current->expiring();
  }
};

// Choices that are not about tasks. Values are written into replay tokens: append, never renumber.
enum class ValueKind : std::uint8_t {
  kNotifiedWaiter = 0,  // which of the waiters a notify wakes, in order of arrival
  kSpuriousWakeup = 1,  // 1: this wait returns without a notification
};

// What a schedule was like, for strategies that learn.
struct ScheduleSummary {
  runtime::Step steps = 0;
  std::uint32_t tasks = 0;
  std::uint64_t choices = 0;  // how often there was more than one candidate
  bool failed = false;
};

// How far a strategy has come that walks through all schedules there are.
struct WalkProgress {
  // No schedule is left, or `nondeterminism` makes going on pointless. Further schedules take the
  // cheapest choices.
  bool done = false;
  // Done, and nothing was left out for a bound or for nondeterminism.
  bool complete = false;
  // The number of preemptions the walk is at; absent without a bound.
  std::optional<std::uint32_t> preemptions;
  // Different schedules of the last walk that was finished: all that have at most
  // `walked_preemptions` of them, if there is a bound. 0 if none was finished.
  std::uint64_t walked = 0;
  std::uint32_t walked_preemptions = 0;
  // Whether of schedules that differ in nothing but the order of independent steps one is enough.
  // Those that turned out to be like one before are not among `walked`.
  bool reduced = false;
  // Whether that was in doubt in some schedule: then nothing is certain of what was left out.
  bool doubtful = false;
  std::uint64_t repeats = 0;
  // What was not the same when choices were repeated, as a sentence; absent if everything was.
  std::optional<std::string> nondeterminism;
};

// A strategy decides; it never blocks. Tasks may be read from their TaskSpawned() until
// EndSchedule() returns.
//
// BeginSchedule and EndSchedule run on the driver. The others run on the thread of whichever task
// asks, where nothing may be allocated, freed or copied with memcpy (TSan would take the harness's
// memory for the user's); TaskSpawned alone is called under an IgnoreScope and may grow tables. Not
// thread-safe.
class Strategy {
 public:
  virtual ~Strategy() = default;

  // As it is called on the command line.
  virtual std::string_view name() const = 0;

  // All randomness of the schedule comes from `seed`: the same seed, the same choices.
  virtual void BeginSchedule(std::uint64_t seed) = 0;

  // One of the candidates.
  virtual runtime::TaskId NextTask(const TaskChoice& choice) = 0;

  // A number below `bound`, which is at least 2. 0 is the ordinary behaviour: first come first
  // served, no spurious wakeup.
  virtual std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) = 0;

  // `parent` is null for the body under test.
  virtual void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) {
    static_cast<void>(parent);
    static_cast<void>(child);
  }

  virtual void EndSchedule(const ScheduleSummary& summary) { static_cast<void>(summary); }

  // Where the scheduler writes down what each step of the schedule touches, also of steps where
  // there was nothing to choose; null: nowhere. At a choice it has all steps before it.
  virtual runtime::StepLog* steps() { return nullptr; }

  // Absent: it draws schedules and is never done. Between schedules.
  virtual std::optional<WalkProgress> walk() const { return std::nullopt; }

  // What is certain of bugs that none of the schedules so far has shown, as a sentence without its
  // full stop; empty: nothing is. On the driver, between schedules.
  virtual std::string Guarantee() const { return {}; }

  // What it has learnt of the schedules that have ended, as bytes of this process's own layout: a
  // schedule that crashes takes its process with it, and another process, a fork of the same one,
  // goes on. Empty: nothing. Between schedules.
  virtual std::string Learnt() const { return {}; }
  // Takes over what Learnt() of a strategy with the same name and parameters has returned.
  virtual void Learn(std::string_view learnt) { static_cast<void>(learnt); }
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_STRATEGY_H_
