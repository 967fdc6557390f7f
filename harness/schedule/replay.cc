#include "selvage/harness/schedule/replay.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace selvage::schedule {
namespace {

DecisionKind KindOf(ValueKind kind) {
  return kind == ValueKind::kNotifiedWaiter ? DecisionKind::kNotifiedWaiter
                                            : DecisionKind::kSpuriousWakeup;
}

// "lets task 2 lock": what the decision says, as the predicate of "the token".
std::string Says(const Decision& decision) {
  switch (decision.kind) {
    case DecisionKind::kTask:
      if (decision.expired) {
        return absl::StrCat("lets the timed wait of task ", decision.value, " (",
                            runtime::OpKindName(decision.op), ") expire");
      }
      return absl::StrCat("lets task ", decision.value, " ", runtime::OpKindName(decision.op));
    case DecisionKind::kNotifiedWaiter:
      return absl::StrCat("wakes waiter number ", decision.value);
    case DecisionKind::kSpuriousWakeup:
      return decision.value == 0 ? "lets a wait go on waiting" : "wakes a wait spuriously";
  }
  return "says nothing that is known";
}

std::string Asks(ValueKind kind, std::uint32_t bound) {
  return kind == ValueKind::kNotifiedWaiter ? absl::StrCat("which of ", bound, " waiters to wake")
                                            : std::string("whether a wait wakes spuriously");
}

}  // namespace

Replay::Replay(std::vector<Decision> decisions, Mode mode)
    : decisions_(std::move(decisions)), mode_(mode) {}

void Replay::BeginSchedule(std::uint64_t) {
  next_ = 0;
  choice_ = 0;
  tasks_ = 0;
  step_ = 0;
  following_ = true;
  followed_ = 0;
  misfit_ = Misfit::kNone;
}

void Replay::TaskSpawned(const runtime::Task*, const runtime::Task& child) {
  tasks_ = std::max(tasks_, static_cast<std::uint32_t>(child.id()) + 1);
}

void Replay::Refuse(Misfit misfit) {
  if (mode_ == Mode::kLenient) return;
  misfit_ = misfit;
  misfit_decision_ = next_ - 1;
  misfit_choice_ = choice_ - 1;
  misfit_step_ = step_;
  following_ = false;
}

const Decision* Replay::Take() {
  const std::uint64_t index = choice_++;
  while (following_ && next_ < decisions_.size() && decisions_[next_].index <= index) {
    const Decision& decision = decisions_[next_++];
    if (decision.index == index) return &decision;
    Refuse(Misfit::kOutOfOrder);
  }
  return nullptr;
}

runtime::TaskId Replay::NextTask(const TaskChoice& choice) {
  step_ = choice.step;
  if (const Decision* decision = Take()) {
    if (decision->kind != DecisionKind::kTask) {
      Refuse(Misfit::kValueForTask);
    } else if (decision->value >= tasks_) {
      Refuse(Misfit::kNoSuchTask);
    } else {
      const runtime::TaskId id{decision->value};
      const runtime::Task& task = choice.task(id);
      found_op_ = task.pending().kind;
      if (found_op_ != decision->op) {
        Refuse(Misfit::kOtherOp);
      } else if (!choice.candidates.Contains(id)) {
        Refuse(Misfit::kCannotRun);
      } else if (task.expiring() != decision->expired) {
        Refuse(decision->expired ? Misfit::kNoExpiry : Misfit::kExpiresNow);
      } else {
        ++followed_;
        return id;
      }
    }
  }
  return DefaultTask(choice);
}

std::uint32_t Replay::NextValue(ValueKind kind, std::uint32_t bound) {
  if (const Decision* decision = Take()) {
    found_kind_ = kind;
    found_bound_ = bound;
    if (decision->kind == DecisionKind::kTask) {
      Refuse(Misfit::kTaskForValue);
    } else if (decision->kind != KindOf(kind)) {
      Refuse(Misfit::kOtherValueKind);
    } else if (decision->value >= bound) {
      Refuse(Misfit::kValueTooLarge);
    } else {
      ++followed_;
      return decision->value;
    }
  }
  return 0;
}

void Replay::EndSchedule(const ScheduleSummary& summary) {
  step_ = summary.steps;
  if (mode_ == Mode::kLenient || !following_ || next_ == decisions_.size()) return;
  misfit_ = Misfit::kLeftOver;
  misfit_decision_ = next_;
  misfit_choice_ = choice_;
  misfit_step_ = step_;
}

std::optional<Divergence> Replay::divergence() const {
  if (misfit_ == Misfit::kNone) return std::nullopt;
  const Decision& decision = decisions_[misfit_decision_];
  const std::string task = absl::StrCat("task ", decision.value);
  std::string found;
  switch (misfit_) {
    case Misfit::kNone:
      break;
    case Misfit::kNoSuchTask:
      found = absl::StrCat("there is no ", task);
      break;
    case Misfit::kCannotRun:
      found = absl::StrCat(task, " cannot go on");
      break;
    case Misfit::kOtherOp:
      found = absl::StrCat(task, " is about to ", runtime::OpKindName(found_op_));
      break;
    case Misfit::kExpiresNow:
      found = absl::StrCat(task, " could only let its timed wait expire");
      break;
    case Misfit::kNoExpiry:
      found = absl::StrCat(task, " need not wait any longer");
      break;
    case Misfit::kValueForTask:
      found = "the schedule asks which task runs next";
      break;
    case Misfit::kTaskForValue:
    case Misfit::kOtherValueKind:
      found = absl::StrCat("the schedule asks ", Asks(found_kind_, found_bound_));
      break;
    case Misfit::kValueTooLarge:
      found = absl::StrCat("there are only ", found_bound_);
      break;
    case Misfit::kOutOfOrder:
      found = absl::StrCat("its choice, number ", decision.index, ", is already made");
      break;
    case Misfit::kLeftOver:
      found = absl::StrCat("the schedule is over; decisions left: ",
                           decisions_.size() - misfit_decision_);
      break;
  }
  return Divergence{
      misfit_choice_, misfit_step_,
      absl::StrCat("at step ", misfit_step_, " the token ", Says(decision), ", but ", found)};
}

}  // namespace selvage::schedule
