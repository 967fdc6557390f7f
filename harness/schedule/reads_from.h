// Guidance by reads-from: schedules in which a read sees the write that it seldom sees.
//
// "Greybox Fuzzing for Concurrency Testing", ASPLOS 2024 (RFF). What a schedule does is determined
// by which write each read has seen, of the many orders of the other operations none matters. Each
// schedule draws one to three pairs of a write and a read of one variable, mostly such as were
// seldom seen, and sees to it that they come about as far as it can: the read waits until the write
// is done, and all other writes of the variable wait until the read is. The initial value counts as
// a write. What is not held back is chosen by POS.
//
// A write and a read are places in the code (SharedVariables), and the first task that comes to one
// is the one that counts. A pair that cannot come about holds tasks back until nobody else can run;
// then it is given up. Departures from the paper: pairs are drawn anew each time, instead of
// mutating the schedules that have shown new ones.
#ifndef SELVAGE_HARNESS_SCHEDULE_READS_FROM_H_
#define SELVAGE_HARNESS_SCHEDULE_READS_FROM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "selvage/harness/runtime/task_set.h"
#include "selvage/harness/schedule/pos.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/shared_variables.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// A choice costs what it costs POS.
class ReadsFrom : public Strategy {
 public:
  // `variables`: what is known of the schedules so far; learning is somebody else's (Focused).
  explicit ReadsFrom(std::shared_ptr<const SharedVariables> variables)
      : variables_(std::move(variables)) {}

  std::string_view name() const override { return "rff"; }
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return pos_.NextValue(kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;
  void EndSchedule(const ScheduleSummary& summary) override;

 private:
  struct Pair {
    SharedVariables::Place write = 0;
    SharedVariables::Place read = 0;              // 0: nothing is held back for it any more
    std::vector<SharedVariables::Place> writers;  // of the variable, ascending
    bool written = false;
  };

  void DrawPair();
  bool IsHeld(const runtime::Op& op) const;
  void NoteDone(const runtime::Op& op);

  Random random_;
  Pos pos_;
  const std::shared_ptr<const SharedVariables> variables_;
  std::vector<const SharedVariables::Variable*> drawn_from_;
  std::vector<Pair> pairs_;
  runtime::TaskSet free_;  // candidates that are not held
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_READS_FROM_H_
