// Sticky random: stays on the current task with a probability that varies from schedule to
// schedule.
//
// Schedules with long uninterrupted stretches, which the random walk never shows: Thomson,
// Donaldson, Betts, TOPC 2016, find that few preemptions expose most bugs.
#ifndef SELVAGE_HARNESS_SCHEDULE_STICKY_RANDOM_H_
#define SELVAGE_HARNESS_SCHEDULE_STICKY_RANDOM_H_

#include <cstdint>
#include <string_view>

#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class StickyRandom : public Strategy {
 public:
  std::string_view name() const override { return "sticky"; }
  void BeginSchedule(std::uint64_t seed) override;

  // Stays with the schedule's probability if the current task can go on, and otherwise picks
  // uniformly among the others. A task that yields is never stayed on: it asks for somebody else,
  // and would otherwise spin a hundred times for each switch.
  runtime::TaskId NextTask(const TaskChoice& choice) override;

  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return RandomValue(random_, kind, bound);
  }

  // The probability of staying in the running schedule, in percent: 50, 90 or 99.
  std::uint32_t percent() const { return percent_; }

 private:
  Random random_;
  std::uint32_t percent_ = 50;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_STICKY_RANDOM_H_
