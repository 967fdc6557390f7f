// A fair end of every schedule: after twice as many choices as the longest normal schedule had, and
// 200, the walk is uniformly random; after 10,000 while no normal schedule is known.
//
// What a strategy prefers may be a task that waits in a loop for one that it never chooses. A
// schedule that goes on for so long is no schedule the strategy meant. The tail is part of the
// schedule as any other choice is: its token replays it.
#ifndef SELVAGE_HARNESS_SCHEDULE_FAIR_TAIL_H_
#define SELVAGE_HARNESS_SCHEDULE_FAIR_TAIL_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "selvage/harness/record.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class FairTail : public Strategy {
 public:
  explicit FairTail(std::unique_ptr<Strategy> strategy) : strategy_(std::move(strategy)) {}

  std::string_view name() const override { return strategy_->name(); }
  void BeginSchedule(std::uint64_t seed) override {
    random_ = Random(SplitMix64::Mix(seed));
    choices_ = 0;
    strategy_->BeginSchedule(seed);
  }
  runtime::TaskId NextTask(const TaskChoice& choice) override {
    return ++choices_ > begin() ? RandomTask(random_, choice) : strategy_->NextTask(choice);
  }
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return strategy_->NextValue(kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override {
    strategy_->TaskSpawned(parent, child);
  }
  void EndSchedule(const ScheduleSummary& summary) override {
    if (!summary.failed) Measure();
    strategy_->EndSchedule(summary);
  }
  std::string Guarantee() const override { return strategy_->Guarantee(); }

  std::string Learnt() const override {
    RecordWriter writer;
    writer.Put(longest_);
    writer.PutText(strategy_->Learnt());
    return std::string(writer.bytes());
  }
  void Learn(std::string_view learnt) override {
    RecordReader reader(learnt);
    longest_ = reader.Get<std::uint64_t>();
    if (const std::string its = reader.GetText(); !its.empty()) strategy_->Learn(its);
  }

  // The choice after which the walk is random.
  std::uint64_t begin() const { return longest_ == 0 ? kUnknown : 2 * longest_ + kMargin; }
  const Strategy& inner() const { return *strategy_; }
  Strategy& inner() { return *strategy_; }

 private:
  static constexpr std::uint64_t kMargin = 200;
  static constexpr std::uint64_t kUnknown = 10'000;

  // A schedule with a tail is long because a task waited in vain, and ends soon after the tail
  // began; or because the body is long, and then the tail alone is longer than what was known.
  void Measure() {
    const std::uint64_t tail = choices_ > begin() ? choices_ - begin() : 0;
    longest_ = std::max(longest_, tail == 0 ? choices_ : tail);
  }

  const std::unique_ptr<Strategy> strategy_;
  Random random_;
  std::uint64_t choices_ = 0;  // of the running schedule
  std::uint64_t longest_ = 0;  // choices of a normal schedule
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_FAIR_TAIL_H_
