// Several strategies in turn.
//
// No single strategy wins everywhere; one with a share of 1/m of the schedules costs at most m
// times those that it needs alone.
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
  // `turns`: whose schedules come one after another, by index, over and over.
  // REQUIRES: at least one turn; every index is that of a strategy.
  Rotation(std::vector<std::unique_ptr<Strategy>> strategies, std::vector<std::uint8_t> turns)
      : strategies_(std::move(strategies)), turns_(std::move(turns)), turn_(turns_.size() - 1) {}

  std::string_view name() const override { return "rotation"; }
  void BeginSchedule(std::uint64_t seed) override {
    turn_ = (turn_ + 1) % turns_.size();
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
    writer.Put(turn_);
    for (const auto& strategy : strategies_) writer.PutText(strategy->Learnt());
    return std::string(writer.bytes());
  }
  void Learn(std::string_view learnt) override {
    RecordReader reader(learnt);
    turn_ = reader.Get<std::size_t>();
    for (const auto& strategy : strategies_) {
      if (const std::string its = reader.GetText(); !its.empty()) strategy->Learn(its);
    }
  }

  // The one that has the running schedule, or had the last.
  Strategy& running() { return *strategies_[turns_[turn_]]; }
  const Strategy& running() const { return *strategies_[turns_[turn_]]; }

 private:
  std::vector<std::unique_ptr<Strategy>> strategies_;
  std::vector<std::uint8_t> turns_;
  std::size_t turn_;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_ROTATION_H_
