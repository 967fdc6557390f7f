#include "selvage/harness/runtime/spinning.h"

#include <algorithm>
#include <optional>

namespace selvage::runtime {
namespace {

// The lap in which the mark is looked for.
constexpr std::uint32_t kSurveyLap = 2;
// At the first few marks the state is always taken. After that, while it has not been the same
// twice, at a few from the 16th on, from the 256th, the 4096th, and so on: taking it costs as much
// as a hundred operations, and most loops that do the same many times are no spinners.
constexpr std::uint32_t kFirstMarks = 4;
constexpr std::uint32_t kMostLaterMarks = 12;
// A mark that is not met for so many laps is not in the loop any more.
constexpr std::uint32_t kMostLapsWithoutMark = 2;

std::uint64_t Hash(std::uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  return value ^ value >> 27;
}

std::uint32_t LargestPowerOfSixteen(std::uint32_t n) {
  return std::uint32_t{1} << ((31 - __builtin_clz(n)) & ~3);
}

}  // namespace

void Spin::Note(Footprint footprint, OpKind kind, ObjectId object) {
  switch (footprint) {
    case Footprint::kNone:
      if (object != kNoObject) reads_.Insert(object);
      break;
    case Footprint::kTakes:
      balance_ += Hash(static_cast<std::uint64_t>(object));
      // A try sees whether it is free. What waits until it is sees nothing.
      if (kind == OpKind::kTryLock || kind == OpKind::kTryLockShared ||
          kind == OpKind::kTryAcquire) {
        reads_.Insert(object);
      }
      break;
    case Footprint::kGivesBack:
      balance_ -= Hash(static_cast<std::uint64_t>(object));
      break;
    case Footprint::kChanges:
      break;
  }
}

void Spin::Watch(ObjectId object, std::uintptr_t site, const void* stack_top, std::size_t held) {
  held_ = held;
  if (site == site_ && object == object_) CountLap(held);
  least_held_ = std::min(least_held_, held);
  if (laps_ == kSurveyLap) return Survey(object, site, stack_top);
  if (laps_ < kSurveyLap || site != mark_site_ || object != mark_object_) return;
  laps_without_mark_ = 0;
  ++marks_;
  if (!IsStateDue()) return;
  if (const std::optional<LocalState> state = CaptureLocalState(site, stack_top)) {
    CompareState(Hash(state->hash) + balance_);
  }
}

void Spin::CountLap(std::size_t held) {
  ops_ = 0;
  ++laps_;
  if (laps_ == 1) {
    reads_.Clear();
    balance_ = 0;
    least_held_ = held;
  }
  const bool lost_mark = laps_ > kSurveyLap && ++laps_without_mark_ > kMostLapsWithoutMark;
  if (lost_mark) laps_ = kSurveyLap;
  if (laps_ == kSurveyLap) {
    marks_ = kept_at_ = period_ = equal_at_ = rounds_ = laps_without_mark_ = 0;
    outermost_ = 0;
    mark_site_ = 0;
  }
}

// Of several in one frame that with the lowest address: the same wherever the lap begins.
void Spin::Survey(ObjectId object, std::uintptr_t site, const void* stack_top) {
  const std::optional<LocalState> state = CaptureLocalState(site, stack_top);
  if (!state || state->frame < outermost_) return;
  if (state->frame == outermost_ && site >= mark_site_) return;
  outermost_ = state->frame;
  mark_site_ = site;
  mark_object_ = object;
}

bool Spin::IsStateDue() const {
  if (marks_ <= kFirstMarks || period_ != 0) return true;
  const std::uint32_t power = LargestPowerOfSixteen(marks_);
  return power > kFirstMarks && marks_ <= power + std::min(power / 4, kMostLaterMarks);
}

void Spin::CompareState(std::uint64_t state) {
  if (kept_at_ != 0 && state == kept_) {
    if (period_ == 0) period_ = marks_ - kept_at_;
    equal_at_ = marks_;
    ++rounds_;
    return;
  }
  // Between two equal states lie as many others as there are marks in a round.
  if (period_ != 0 && marks_ - equal_at_ < period_) return;
  if (period_ != 0 || kept_at_ == 0 || (marks_ & (marks_ - 1)) == 0) {
    kept_ = state;
    kept_at_ = marks_;
    period_ = rounds_ = 0;
  }
}

}  // namespace selvage::runtime
