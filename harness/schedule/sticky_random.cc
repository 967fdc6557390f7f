#include "selvage/harness/schedule/sticky_random.h"

namespace selvage::schedule {

void StickyRandom::BeginSchedule(std::uint64_t seed) {
  static constexpr std::uint32_t kPercent[] = {50, 90, 99};
  random_ = Random(seed);
  percent_ = kPercent[random_.Below(3)];
}

runtime::TaskId StickyRandom::NextTask(const TaskChoice& choice) {
  if (!choice.CurrentCanContinue()) return RandomTask(random_, choice);
  const runtime::TaskId current = choice.current->id();
  if (choice.current->pending().kind != runtime::OpKind::kYield && random_.Chance(percent_, 100)) {
    return current;
  }
  // The n-th of the others: the last candidate stands in for the current one, which is thereby left
  // out.
  const std::uint32_t others = choice.candidates.size() - 1;
  const runtime::TaskId other =
      choice.candidates.Nth(static_cast<std::uint32_t>(random_.Below(others)));
  return other == current ? choice.candidates.Nth(others) : other;
}

}  // namespace selvage::schedule
