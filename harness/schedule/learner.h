// Learns for a strategy which places in the code are of one variable (SharedVariables).
//
// Several strategies may have the same variables, each with a learner of its own: what the
// schedules of one have shown the others know.
#ifndef SELVAGE_HARNESS_SCHEDULE_LEARNER_H_
#define SELVAGE_HARNESS_SCHEDULE_LEARNER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "selvage/harness/record.h"
#include "selvage/harness/schedule/shared_variables.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class Learner : public Strategy {
 public:
  Learner(std::unique_ptr<Strategy> strategy, std::shared_ptr<SharedVariables> variables)
      : strategy_(std::move(strategy)), variables_(std::move(variables)) {}

  std::string_view name() const override { return strategy_->name(); }
  void BeginSchedule(std::uint64_t seed) override {
    variables_->BeginSchedule();
    strategy_->BeginSchedule(seed);
  }
  runtime::TaskId NextTask(const TaskChoice& choice) override {
    const runtime::TaskId next = strategy_->NextTask(choice);
    variables_->Note(choice, next);
    return next;
  }
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return strategy_->NextValue(kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override {
    variables_->TaskSpawned(parent, child);
    strategy_->TaskSpawned(parent, child);
  }
  void EndSchedule(const ScheduleSummary& summary) override {
    variables_->EndSchedule();
    strategy_->EndSchedule(summary);
  }
  std::string Guarantee() const override { return strategy_->Guarantee(); }

  std::string Learnt() const override {
    RecordWriter writer;
    variables_->Write(writer);
    writer.PutText(strategy_->Learnt());
    return std::string(writer.bytes());
  }
  void Learn(std::string_view learnt) override {
    RecordReader reader(learnt);
    variables_->Read(reader);
    if (const std::string its = reader.GetText(); !its.empty()) strategy_->Learn(its);
  }

 private:
  const std::unique_ptr<Strategy> strategy_;
  const std::shared_ptr<SharedVariables> variables_;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_LEARNER_H_
