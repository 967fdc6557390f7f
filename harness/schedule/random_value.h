// How all random strategies choose what is not a task.
#ifndef SELVAGE_HARNESS_SCHEDULE_RANDOM_VALUE_H_
#define SELVAGE_HARNESS_SCHEDULE_RANDOM_VALUE_H_

#include <cstdint>

#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// A spurious wakeup once in 16 waits: often enough to meet code that forgot its loop, rare enough
// that most schedules wait as the author meant. Anything else is uniform below `bound`.
inline std::uint32_t RandomValue(Random& random, ValueKind kind, std::uint32_t bound) {
  if (kind == ValueKind::kSpuriousWakeup) return random.Chance(1, 16) ? 1 : 0;
  return static_cast<std::uint32_t>(random.Below(bound));
}

// Uniform among the candidates.
inline runtime::TaskId RandomTask(Random& random, const TaskChoice& choice) {
  return choice.candidates.Nth(static_cast<std::uint32_t>(random.Below(choice.candidates.size())));
}

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_RANDOM_VALUE_H_
