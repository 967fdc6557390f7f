// POS: partial order sampling.
//
// Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018. Each operation gets a
// random score when it becomes pending; the highest runs, and the pending operations that conflict
// with it draw again, so that the order of every racing pair is decided afresh rather than by one
// task's luck.
//
// An operation that conflicts with no other pending one may be run first. That saves choices, but
// always doing so hides interleavings: in {T1: lock A, store x} {T2: lock A} {T3: store x} the
// store of T3 would always come before that of T1. So half of the schedules, drawn at random, do
// it, and the other half follow the scores alone.
#ifndef SELVAGE_HARNESS_SCHEDULE_POS_H_
#define SELVAGE_HARNESS_SCHEDULE_POS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// A choice among c candidates costs O(c).
class Pos : public Strategy {
 public:
  std::string_view name() const override { return "pos"; }
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    return RandomValue(random_, kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;

 private:
  struct Score {
    std::uint64_t value = 0;
    std::uint64_t announced = 0;  // which of the task's operations it belongs to; 0: none
  };

  // What is pending on one object.
  struct Pending {
    std::uint64_t choice = 0;  // that it was counted for
    runtime::ObjectId object{};
    bool memory = false;
    std::uint32_t operations = 0;
    std::uint32_t writes = 0;
  };

  Pending& PendingOn(const runtime::Op& op);
  void CountPending(const TaskChoice& choice);
  // Of one that was counted.
  bool ConflictsWithAny(const runtime::Op& op);

  Random random_;
  bool free_first_ = false;
  std::vector<Score> score_;  // by task
  // A hash table with open addressing, at most half full; its size is a power of two.
  std::vector<Pending> pending_ = std::vector<Pending>(2);
  std::uint64_t counted_ = 0;  // choices
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_POS_H_
