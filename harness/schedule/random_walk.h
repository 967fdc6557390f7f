// The random walk: every choice uniform and independent of the others.
//
// Finds bugs that need many switches. A poor default alone: no task ever gets far ahead of the
// others.
#ifndef SELVAGE_HARNESS_SCHEDULE_RANDOM_WALK_H_
#define SELVAGE_HARNESS_SCHEDULE_RANDOM_WALK_H_

#include <cstdint>
#include <string_view>

#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class RandomWalk : public Strategy {
 public:
  std::string_view name() const override { return "random"; }
  void BeginSchedule(std::uint64_t seed) override { random_ = Random(seed); }
  runtime::TaskId NextTask(const TaskChoice& choice) override {
    return RandomTask(random_, choice);
  }
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return RandomValue(random_, kind, bound);
  }

 private:
  Random random_;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_RANDOM_WALK_H_
