// PCT: random priorities with a few random priority changes.
//
// Burckhardt, Kothari, Musuvathi, Nagarakatti, "A Randomized Scheduler with Probabilistic
// Guarantees of Finding Bugs", ASPLOS 2010. The highest-priority candidate runs; at d-1 random
// steps the task about to run drops to a priority below all initial ones. A bug of depth d among n
// tasks and k steps is hit with probability at least 1 / (n * k^(d-1)) in each schedule.
//
// Departures from the paper:
//  - n is not known beforehand. Initial priorities are random 62-bit numbers instead of a
//  permutation, which gives each new task
//    a uniformly random rank among those that exist.
//  - k is estimated from the schedules seen, times 1.2; the first schedule has no changes and only
//  measures. A schedule that
//    overruns doubles k and, with probability 1/2, draws priorities and change points afresh, the
//    latter from the new half. So late steps get their change points, and those of earlier steps do
//    not spoil them.
//  - A task that yields drops below all others for one choice. After that, and when its timed wait
//  was made to expire, it
//    draws a fresh initial priority: with the old one it would come before all others again and
//    again, with the lowest never.
//  - d is drawn from 1..10 for each schedule unless given.
// A step is a choice: where only one task can run nothing is counted.
//
// The estimates make a schedule depend on the schedules before it; a failure is replayed by its
// decisions, not by its seed.
#ifndef SELVAGE_HARNESS_SCHEDULE_PCT_H_
#define SELVAGE_HARNESS_SCHEDULE_PCT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_value.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class Pct : public Strategy {
 public:
  static constexpr std::uint32_t kMaxDepth = 64;

  // `depth` is at most kMaxDepth and at least 1; absent: drawn from 1..10 for each schedule.
  explicit Pct(std::optional<std::uint32_t> depth = std::nullopt);

  std::string_view name() const override { return name_; }
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    departed_ = true;
    return RandomValue(random_, kind, bound);
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;
  void EndSchedule(const ScheduleSummary& summary) override;
  std::string Learnt() const override;
  void Learn(std::string_view learnt) override;

  // How probable it is at most that a bug of depth d was missed, by the schedules of just that
  // depth and the paper's bound. Only of bugs whose change points lie within the choices that every
  // one of those schedules drew from, and only while all schedules kept to the paper: none had a
  // task that yields, a timed wait that expires, or a choice among waiters.
  std::string Guarantee() const override;

  // The depth of the running schedule; 1 in the profiling one.
  std::uint32_t depth() const { return change_count_ + 1; }
  // Tasks and choices expected of a schedule, 0 before the first has ended.
  std::uint32_t estimated_tasks() const { return tasks_; }
  std::uint64_t estimated_choices() const { return choices_; }

  // The paper's bound for one schedule: 1 / (tasks * choices^(depth-1)).
  static double HitProbability(std::uint32_t tasks, std::uint64_t choices, std::uint32_t depth);

 private:
  // Priorities, highest first: initial (from kInitial), demoted by a change point (1 .. d-1),
  // yielded just now (0).
  using Priority = std::int64_t;
  static constexpr Priority kInitial = Priority{1} << 62;
  static constexpr std::uint64_t kMostChoices = 1'000'000;
  static constexpr std::uint64_t kUsed = 0;  // steps count from 1

  // The schedules of one depth.
  struct Drawn {
    std::uint64_t schedules = 0;
    std::uint64_t least = UINT64_MAX;  // choices that change points were drawn from
    std::uint64_t most = 0;
  };

  void Count(Drawn& drawn) const;
  // The task whose turn the last choice ended for good draws anew.
  void Renew();
  // Distinct change points among the `count` steps after `after`.
  void DrawChanges(std::uint64_t after, std::uint64_t count);
  void Overrun();
  Priority DrawInitial() { return kInitial + static_cast<Priority>(random_.Next() >> 2); }
  runtime::TaskId Highest(const TaskChoice& choice) const;
  static std::uint32_t Index(runtime::TaskId id) { return static_cast<std::uint32_t>(id); }

  const std::optional<std::uint32_t> given_depth_;
  std::string name_;

  // Learned.
  std::uint32_t tasks_ = 0;
  std::uint64_t choices_ = 0;
  double mean_choices_ = 0;
  std::uint64_t schedules_ = 0;

  // Of all schedules.
  Drawn drawn_[kMaxDepth + 1];  // by depth
  std::uint32_t most_tasks_ = 0;
  bool departed_ = false;  // from the paper

  // Of the running schedule.
  Random random_;
  std::uint64_t step_ = 0;
  std::uint64_t horizon_ = 0;        // change points lie at or below it
  std::uint64_t first_horizon_ = 0;  // as the schedule began
  std::uint64_t change_[kMaxDepth] =
      {};  // [i]: the step at which a task drops to priority i; unsorted
  std::uint32_t change_count_ = 0;
  std::optional<runtime::TaskId> renewed_;      // by the next choice
  std::vector<Priority> priority_;              // by task
  std::vector<std::uint64_t> yield_announced_;  // by task: the last yield that was seen
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_PCT_H_
