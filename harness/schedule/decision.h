// What makes one schedule differ from the plainest one.
#ifndef SELVAGE_HARNESS_SCHEDULE_DECISION_H_
#define SELVAGE_HARNESS_SCHEDULE_DECISION_H_

#include <cstdint>

#include "selvage/harness/runtime/op.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// The plainest choice: stay on the current task; if it cannot go on, take the lowest id whose
// operation can take effect; only if there is none let the lowest expire. Part of the replay
// token's meaning: never change it without a new token version.
inline runtime::TaskId DefaultTask(const TaskChoice& choice) {
  if (choice.CurrentCanContinue()) return choice.current->id();
  runtime::TaskId first{};
  bool found = false;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (!found && !choice.task(id).expiring()) {
      first = id;
      found = true;
    }
  });
  return found ? first : choice.candidates.First();
}

enum class DecisionKind : std::uint8_t { kTask = 0, kNotifiedWaiter = 1, kSpuriousWakeup = 2 };

// One choice that was not the plainest. A schedule is determined by the list of these, in order.
struct Decision {
  std::uint64_t index =
      0;  // ordinal of the choice among all choices of the schedule, tasks and values alike
  DecisionKind kind = DecisionKind::kTask;
  std::uint32_t value = 0;  // the task's id, or the value
  // kTask: the operation that the chosen task was about to do; a replay that finds another one has
  // diverged.
  runtime::OpKind op = runtime::OpKind::kStart;
  bool expired = false;  // kTask: chosen to let its timed wait expire

  friend bool operator==(const Decision&, const Decision&) = default;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_DECISION_H_
