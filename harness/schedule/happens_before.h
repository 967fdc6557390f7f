// Which steps of a schedule are ordered, and which pairs of them could be turned around.
//
// A step happens before another one if it is of the same task and earlier, or starts the other's
// task, or touches what the other touches and one of them writes, or by a chain of these. Schedules
// with the same order of such steps are equivalent: nobody can tell them apart (Mazurkiewicz
// traces; Abdulla, Aronis, Jonsson, Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014,
// section 3). Vector clocks over the steps of the tasks say which do.
#ifndef SELVAGE_HARNESS_SCHEDULE_HAPPENS_BEFORE_H_
#define SELVAGE_HARNESS_SCHEDULE_HAPPENS_BEFORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/steps.h"

namespace selvage::schedule {

// Of one schedule at a time; its memory is kept. Not thread-safe.
class HappensBefore {
 public:
  // A step that is to be tried before an earlier one of another task that it conflicts with.
  struct Race {
    std::size_t earlier = 0;
    // steps().size() if it is one that its task has not come to do.
    std::size_t later = 0;
    runtime::TaskId later_task{0};
    // Whether the later one may have had to wait for what came between.
    bool waits = false;
  };

  // `spawned_by[task]`: the step that started it; absent for the body under test.
  void Begin(const runtime::StepLog& log, std::span<const std::optional<std::size_t>> spawned_by);

  // The next step of the log takes its place. O(steps that it conflicts with).
  void AddStep();
  // One that `task` has announced and not done; it takes no place.
  void AddPending(runtime::TaskId task, std::span<const runtime::Touch> touches);

  // Of the step added last: with whom it could change places. If it can always take effect, those
  // it is ordered after by nothing else; otherwise all that it could still come before.
  std::span<const Race> races() const { return races_; }

  // Of the step added last: how many steps of each task happen before it, itself among them.
  std::span<const std::uint32_t> clock() const { return clock_; }

  // The tasks that could go first if all that the later step of `race`, which was added last, needs
  // was done before the earlier one: what comes between the two, happens not after the earlier and
  // before the later. Without the later step's own task, unless that needs something. O(steps
  // between, tasks).
  struct Initials {
    std::vector<runtime::TaskId> tasks;
    bool has_own_task = false;  // the later step's task has to do something before that step
  };
  Initials InitialsOf(const Race& race) const;

 private:
  struct Entry {
    std::size_t step;
    runtime::Touch touch;
  };
  // What was done with one object, or with eight bytes of memory.
  struct History {
    std::vector<Entry> reads;
    std::vector<Entry> writes;
  };
  using Key = std::pair<std::uint64_t, bool>;  // an object; or eight bytes of memory

  static std::size_t Index(runtime::TaskId task) { return static_cast<std::size_t>(task); }
  std::span<const std::uint32_t> ClockOf(std::size_t step) const {
    return {clocks_.data() + step * tasks_, tasks_};
  }
  bool Before(std::size_t step, std::span<const std::uint32_t> clock) const {
    return ordinals_[step] <= clock[Index(log_->step(step).task)];
  }
  void StartClock(runtime::TaskId task);
  void Join(std::size_t step);
  void FindRaces(runtime::TaskId task, std::span<const runtime::Touch> touches, bool waits);
  void AddRival(runtime::TaskId task, std::size_t step);
  void Gather(runtime::TaskId task, const runtime::Touch& touch, const History& history,
              bool waits);
  void GatherAll(runtime::TaskId task, bool waits);
  void GatherUncertain(runtime::TaskId task, bool waits);
  template <typename Visit>
  static void ForEachKey(const runtime::Touch& touch, Visit visit);

  const runtime::StepLog* log_ = nullptr;
  std::span<const std::optional<std::size_t>> spawned_by_;
  std::size_t tasks_ = 0;
  std::size_t added_ = 0;
  std::vector<std::uint32_t> clocks_;                // of each step, one number for each task
  std::vector<std::uint32_t> ordinals_;              // of each step among those of its task, from 1
  std::vector<std::optional<std::size_t>> last_of_;  // by task
  absl::flat_hash_map<Key, History> histories_;
  std::vector<std::size_t> uncertain_;  // steps that touch everything

  std::vector<std::uint32_t> before_;  // the clock of what came before the step, of its own task
  std::vector<std::uint32_t> clock_;   // of the step added last
  std::vector<std::size_t> rivals_;
  std::vector<Race> races_;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_HAPPENS_BEFORE_H_
