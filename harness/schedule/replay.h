// Replay: follows a list of decisions.
//
// Choices that no decision speaks of are the plainest ones (decision.h), so a list says only how a
// schedule differs from the plainest one.
#ifndef SELVAGE_HARNESS_SCHEDULE_REPLAY_H_
#define SELVAGE_HARNESS_SCHEDULE_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

// Where a schedule stopped being the one that its decisions came from.
struct Divergence {
  std::uint64_t choice = 0;  // ordinal among all choices
  runtime::Step step = 0;
  std::string what;  // a sentence
};

class Replay : public Strategy {
 public:
  enum class Mode {
    kStrict,   // the first decision that does not fit is a divergence, and the plainest choices
               // follow
    kLenient,  // decisions that do not fit are passed over
  };

  // `decisions` in increasing order of index.
  explicit Replay(std::vector<Decision> decisions, Mode mode = Mode::kStrict);

  std::string_view name() const override { return "replay"; }
  // The seed is not used.
  void BeginSchedule(std::uint64_t seed) override;
  runtime::TaskId NextTask(const TaskChoice& choice) override;
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override;
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override;
  void EndSchedule(const ScheduleSummary& summary) override;

  // The first misfit of the last schedule; absent in lenient mode and when everything fitted.
  // Builds the text: not to be called on a task's thread.
  std::optional<Divergence> divergence() const;

  // Decisions that fitted in the last schedule.
  std::size_t followed() const { return followed_; }

 private:
  enum class Misfit : std::uint8_t {
    kNone,
    kNoSuchTask,
    kCannotRun,
    kOtherOp,
    kExpiresNow,    // the decision is about an ordinary step, the task would expire
    kNoExpiry,      // the other way round
    kValueForTask,  // the decision is a value, the choice one of tasks
    kTaskForValue,  // the other way round
    kOtherValueKind,
    kValueTooLarge,
    kOutOfOrder,  // two decisions for one choice, or indexes that decrease
    kLeftOver,    // the schedule ended before the decision's turn
  };

  // The decision for the choice at hand, or null.
  const Decision* Take();
  void Refuse(Misfit misfit);

  const std::vector<Decision> decisions_;
  const Mode mode_;

  std::size_t next_ = 0;
  std::uint64_t choice_ = 0;  // choices made
  std::uint32_t tasks_ = 0;
  runtime::Step step_ = 0;
  bool following_ = true;
  std::size_t followed_ = 0;

  // Raw, because no text can be built on a task's thread.
  Misfit misfit_ = Misfit::kNone;
  std::size_t misfit_decision_ = 0;
  std::uint64_t misfit_choice_ = 0;
  runtime::Step misfit_step_ = 0;
  runtime::OpKind found_op_ = runtime::OpKind::kStart;
  std::uint32_t found_bound_ = 0;
  ValueKind found_kind_ = ValueKind::kNotifiedWaiter;
};

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_REPLAY_H_
