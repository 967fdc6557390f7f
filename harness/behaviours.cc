#include "selvage/harness/behaviours.h"

#include <algorithm>
#include <cmath>

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

bool Behaviours::IsCounted(std::uint64_t behaviour) const {
  const std::uint64_t mixed = schedule::SplitMix64::Mix(behaviour);
  return (mixed & ((std::uint64_t{1} << halvings_) - 1)) == 0;
}

void Behaviours::Halve() {
  ++halvings_;
  for (auto entry = counts_.begin(); entry != counts_.end();) {
    if (IsCounted(entry->first)) {
      ++entry;
      continue;
    }
    singletons_ -= entry->second == 1;
    counts_.erase(entry++);
  }
}

void Behaviours::Add(std::uint64_t behaviour) {
  ++schedules_;
  if (!IsCounted(behaviour)) return;
  std::uint32_t& count = counts_[behaviour];
  if (count < UINT32_MAX) ++count;
  singletons_ += count == 1;
  singletons_ -= count == 2;
  if (counts_.size() > kMostCounted) Halve();
}

double Behaviours::UnseenMass() const {
  if (schedules_ == 0) return 1.0;
  const double singletons =
      std::ldexp(static_cast<double>(singletons_), static_cast<int>(halvings_));
  return std::min(1.0, singletons / static_cast<double>(schedules_));
}

}  // namespace selvage
