// Dpor: every behaviour once, depth first: a walk over all schedules that leaves out those that
// differ from another one only in the order of steps that do not touch the same things.
//
// Source-DPOR with sleep sets (Abdulla, Aronis, Jonsson, Sagonas, "Optimal Dynamic Partial Order
// Reduction", POPL 2014, algorithm 1; "Source Sets", JACM 64(4), 2017). Two things differ.
//
// Races are looked for when a schedule has ended. A step is then known by all that it has touched
// (runtime/steps.h), and not guessed from the operation that it began with.
//
// Steps may have to wait. The paper's rule looks at the last step that a step conflicts with. That
// may be what the step waited for, as an unlock, which it can never come before; the lock operation
// before it is what it must be tried before, and that one it comes after only because it waited. So
// a step that may wait is tried before all that it conflicts with and comes after for no other
// reason than this step, also if it has never taken effect, as in a deadlock. What has to go first
// for that is not determined by the schedule that was seen, since another way of waking it may be
// part of it: all tasks that may have to are tried, where the paper needs one. That costs schedules
// which turn out to be repeats, never one that is missing.
//
// Values (which waiter a notify wakes, spurious wakeups) are all tried, as Exhaustive tries them.
//
// Sleep sets see to it that no two complete schedules are equivalent. A schedule in which only
// sleeping tasks could go on is like one that was run before. It is run to its end all the same,
// since a schedule that is given up costs more, and counted as a repeat.
//
// What makes "complete" a proof: see Exhaustive; and that tasks share nothing whose accesses are no
// steps, except as steps order them.
#ifndef SELVAGE_HARNESS_SCHEDULE_DPOR_H_
#define SELVAGE_HARNESS_SCHEDULE_DPOR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "selvage/harness/runtime/steps.h"
#include "selvage/harness/schedule/happens_before.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class Dpor : public Strategy {
 public:
  std::string_view name() const override { return "dpor"; }
  // The seed is not used: there is nothing random here.
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override;
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;
  void EndSchedule(const ScheduleSummary& summary) override;
  runtime::StepLog* steps() override { return &log_; }
  std::optional<WalkProgress> walk() const override;

 private:
  // A task whose next step has been tried, and commutes with all that was done since.
  struct Sleeper {
    runtime::TaskId task{0};
    // What its operation touches; in the running schedule, since addresses differ.
    std::vector<runtime::Touch> operation;
    // What the step touches besides. By numbers that hold wherever the same choices were made
    // before; memory has none.
    std::vector<runtime::Touch> touches;
    bool touches_everything = false;
  };
  // A choice on the current path.
  struct Node {
    std::uint64_t fingerprint = 0;  // what there was to choose from
    std::size_t step = 0;           // that follows it; of a value, the step that asks
    // Of a value.
    std::uint32_t values = 0;  // 0: it is a choice of a task
    std::uint32_t value = 0;
    // Of a task.
    std::vector<runtime::TaskId> candidates;
    std::vector<bool> wanted;    // by candidate: is to be tried, or has been
    std::vector<Sleeper> sleep;  // before the first was tried
    std::vector<Sleeper> tried;
    Sleeper running;  // what is being tried
  };

  // What the steps since the last call do to the sleepers, as far as those steps are done.
  void Settle(std::size_t done);
  bool Sleeps(runtime::TaskId task) const;
  static bool Wakes(std::span<const runtime::Touch> touches, const Sleeper& sleeper);
  std::optional<runtime::TaskId> Awake(const TaskChoice& choice) const;
  runtime::TaskId Repeat(const Node& node, const TaskChoice& choice);
  void Diverge();
  void NoteTouches(Node& node) const;
  void FindRaces();
  void Want(const HappensBefore::Race& race);
  // To the next path; done if there is none.
  void Advance();
  static bool NextOf(Node& node);

  runtime::StepLog log_;
  HappensBefore order_;
  std::vector<const runtime::Task*> tasks_;  // of the running schedule, by id
  std::vector<std::optional<std::size_t>> spawned_by_;
  std::vector<Node> path_;
  std::vector<Sleeper> sleepers_;  // now
  std::size_t settled_ = 0;        // steps
  std::size_t prefix_ = 0;         // how much of path_ the running schedule repeats
  std::size_t position_ = 0;       // the next choice
  std::size_t changed_ = 0;        // the first step that the schedule before did not have
  bool repeats_ = false;           // the running schedule is like one before
  runtime::Step step_ = 0;
  bool done_ = false;
  bool diverged_ = false;
  std::uint64_t diverged_choice_ = 0;
  runtime::Step diverged_step_ = 0;
  std::uint64_t walked_ = 0;
  std::uint64_t repeated_ = 0;
  bool doubtful_ = false;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_DPOR_H_
