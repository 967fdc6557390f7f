#include "selvage/harness/behaviours.h"

#include "selvage/harness/schedule/random.h"

namespace selvage {

std::uint64_t Behaviours::Identify(const runtime::Trace& trace) {
  object_order_.assign(trace.objects.size() + 1, 0);
  if (!variable_order_.empty()) variable_order_.clear();
  std::uint64_t sum = 0;
  for (const runtime::TraceEntry& entry : trace.entries) {
    const auto object = static_cast<std::uint64_t>(entry.op.object);
    // Which object it is plays no part in the sum: heap addresses differ from schedule to schedule.
    std::uint64_t& order =
        runtime::IsMemoryAccess(entry.op.kind) ? variable_order_[object] : object_order_[object];
    sum -= order;
    order = schedule::SplitMix64::Mix(order ^ (static_cast<std::uint64_t>(entry.op.task) << 8 |
                                               static_cast<std::uint64_t>(entry.op.kind)));
    sum += order;
  }
  return sum;
}

void Behaviours::Add(std::uint64_t behaviour) {
  ++schedules_;
  const auto found = counts_.find(behaviour);
  if (found != counts_.end()) {
    if (++found->second == 2) --singletons_;
  } else if (!full()) {
    counts_.emplace(behaviour, 1);
    ++singletons_;
  }
}

double Behaviours::UnseenMass() const {
  return schedules_ == 0 ? 1.0 : static_cast<double>(singletons_) / static_cast<double>(schedules_);
}

}  // namespace selvage
