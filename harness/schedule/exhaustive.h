// Exhaustive: every schedule once, depth first.
//
// A plain walk over all choices, of tasks and of values alike, without partial-order reduction.
// Each schedule repeats the choices of the one before up to the last that has an alternative left,
// takes that, and goes on with the cheapest choices. With a bound on preemptions (Musuvathi,
// Qadeer, "Iterative Context Bounding for Systematic Testing of Multithreaded Programs", PLDI 2007)
// the tree is walked for 0, 1, 2, ... preemptions in turn; the walk for p preemptions runs the
// schedules with fewer again on its way.
//
// What costs a preemption: choosing another task although the current one could go on. Two rules
// are added so that a bounded tree is small where tasks wait in a loop: letting a timed wait expire
// although somebody could run costs one as well, and when the current task yields it is going on
// that costs, not leaving. Without a bound such loops have endless schedules; they end at the
// schedule's step limit and the walk is never done.
//
// "Complete" is a proof only under sequential consistency and for a body that is deterministic
// apart from the schedule. A body that is not is noticed when a repeated choice is not the same as
// before; the walk then stops.
#ifndef SELVAGE_HARNESS_SCHEDULE_EXHAUSTIVE_H_
#define SELVAGE_HARNESS_SCHEDULE_EXHAUSTIVE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

class Exhaustive : public Strategy {
 public:
  // `max_preemptions` absent: all schedules.
  explicit Exhaustive(std::optional<std::uint32_t> max_preemptions = std::nullopt);

  std::string_view name() const override { return name_; }
  // The seed is not used: there is nothing random here.
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override;
  void EndSchedule(const ScheduleSummary& summary) override;
  std::optional<WalkProgress> walk() const override;

  // No schedule is left, or nondeterminism() makes going on pointless. Further schedules take the
  // cheapest choices.
  bool done() const { return done_; }
  // Done, and no alternative was left out for the bound or for nondeterminism.
  bool complete() const { return done_ && !cut_ && !diverged_; }
  // Different schedules run so far.
  std::uint64_t schedules() const { return distinct_; }
  // Schedules run so far, those that a higher bound ran again included.
  std::uint64_t runs() const { return runs_; }
  // Different schedules of the last walk that was finished: all that have at most
  // walked_preemptions() of them. 0 if none was finished.
  std::uint64_t walked_schedules() const { return walked_; }
  std::uint32_t walked_preemptions() const { return walked_limit_; }
  // The number of preemptions the walk is at; absent without a bound.
  std::optional<std::uint32_t> preemptions() const {
    return max_preemptions_ ? std::optional(limit_) : std::nullopt;
  }
  // What was not the same when choices were repeated, as a sentence; absent if everything was.
  std::optional<std::string> nondeterminism() const;

 private:
  static constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

  // A choice on the current path. Alternatives are numbered: those that cost nothing first.
  struct Node {
    std::uint64_t fingerprint = 0;  // what there was to choose from
    std::uint32_t count = 0;
    std::uint32_t cheap = 0;
    std::uint32_t taken = 0;
    std::uint32_t spent = 0;  // preemptions before this choice
  };

  // The number of the alternative to take at the next choice.
  std::uint32_t Choose(std::uint64_t fingerprint, std::uint32_t count, std::uint32_t cheap);
  void Diverge();
  // To the next path; done if there is none.
  void Advance();

  const std::optional<std::uint32_t> max_preemptions_;
  const std::string name_;

  std::vector<Node> path_;
  std::size_t prefix_ = 0;    // how much of path_ the running schedule repeats
  std::size_t position_ = 0;  // the next choice
  std::uint32_t spent_ = 0;   // preemptions of the running schedule
  runtime::Step step_ = 0;
  std::uint32_t limit_ = kUnlimited;
  std::uint64_t walked_ = 0;
  std::uint32_t walked_limit_ = 0;
  bool cut_ = false;  // an alternative was left out at this limit
  bool done_ = false;
  bool diverged_ = false;
  std::uint64_t diverged_choice_ = 0;
  runtime::Step diverged_step_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t distinct_ = 0;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_EXHAUSTIVE_H_
