// Several strategies, one schedule each in turn.
//
// No single strategy wins everywhere; with m of them in rotation none costs more than m times the
// schedules that the best one needs.
#ifndef SELVAGE_HARNESS_SCHEDULE_ROTATION_H_
#define SELVAGE_HARNESS_SCHEDULE_ROTATION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "selvage/harness/record.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class Rotation : public Strategy {
 public:
  // REQUIRES: at least one strategy.
  explicit Rotation(std::vector<std::unique_ptr<Strategy>> strategies)
      : strategies_(std::move(strategies)), running_(strategies_.size() - 1) {}

  std::string_view name() const override { return "rotation"; }
  void BeginSchedule(std::uint64_t seed) override {
    running_ = (running_ + 1) % strategies_.size();
    running().BeginSchedule(seed);
  }
  runtime::TaskId NextTask(const TaskChoice& choice) override { return running().NextTask(choice); }
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return running().NextValue(kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override {
    running().TaskSpawned(parent, child);
  }
  void EndSchedule(const ScheduleSummary& summary) override { running().EndSchedule(summary); }
  // Those of its strategies, each for its own schedules.
  std::string Guarantee() const override {
    std::string all;
    for (const auto& strategy : strategies_) {
      const std::string one = strategy->Guarantee();
      if (!one.empty()) all += (all.empty() ? "" : "\n") + one;
    }
    return all;
  }

  std::string Learnt() const override {
    RecordWriter writer;
    writer.Put(running_);
    for (const auto& strategy : strategies_) writer.PutText(strategy->Learnt());
    return std::string(writer.bytes());
  }
  void Learn(std::string_view learnt) override {
    RecordReader reader(learnt);
    running_ = reader.Get<std::size_t>();
    for (const auto& strategy : strategies_) {
      if (const std::string its = reader.GetText(); !its.empty()) strategy->Learn(its);
    }
  }

  // The one that has the running schedule, or had the last.
  Strategy& running() { return *strategies_[running_]; }
  const Strategy& running() const { return *strategies_[running_]; }

 private:
  std::vector<std::unique_ptr<Strategy>> strategies_;
  std::size_t running_;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_ROTATION_H_
