#include "selvage/harness/schedule/exhaustive.h"

#include "absl/strings/str_cat.h"
#include "selvage/harness/schedule/choice_fingerprint.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::schedule {
namespace {

constexpr std::size_t kReservedChoices = 4096;

// Splits the candidates into those that cost no preemption and those that do.
class Costs {
 public:
  explicit Costs(const TaskChoice& choice)
      : choice_(choice), continues_(choice.CurrentCanContinue()) {
    yields_ = continues_ && choice.current->pending().kind == runtime::OpKind::kYield;
    bool other_can_run = false;
    choice.candidates.ForEach([&](runtime::TaskId id) {
      other_can_run |= !choice.task(id).expiring() && !(continues_ && id == choice.current->id());
    });
    stay_ = continues_ && (!yields_ || !other_can_run);
    all_expire_ = !continues_ && !other_can_run;
  }

  bool IsCheap(runtime::TaskId id) const {
    if (all_expire_) return true;
    if (stay_) return id == choice_.current->id();
    if (yields_ && id == choice_.current->id()) return false;
    return !choice_.task(id).expiring();
  }

 private:
  const TaskChoice& choice_;
  bool continues_;
  bool yields_;
  bool stay_;
  bool all_expire_;
};

}  // namespace

Exhaustive::Exhaustive(std::optional<std::uint32_t> max_preemptions)
    : max_preemptions_(max_preemptions),
      name_(max_preemptions ? absl::StrCat("exhaustive:", *max_preemptions) : "exhaustive"),
      limit_(max_preemptions ? 0 : kUnlimited) {
  path_.reserve(kReservedChoices);
}

void Exhaustive::BeginSchedule(std::uint64_t) {
  runs_ += !done_;
  prefix_ = path_.size();
  position_ = 0;
  spent_ = 0;
  step_ = 0;
}

std::uint32_t Exhaustive::Choose(std::uint64_t fingerprint, std::uint32_t count,
                                 std::uint32_t cheap) {
  if (done_) return 0;
  if (position_ < prefix_) {
    const Node& node = path_[position_];
    if (node.fingerprint != fingerprint || node.count != count || node.cheap != cheap) {
      Diverge();
      return 0;
    }
    ++position_;
    spent_ += node.taken >= cheap;
    return node.taken;
  }
  if (path_.size() == path_.capacity()) {
    tsan::IgnoreScope ignore;
    path_.reserve(2 * path_.capacity());
  }
  path_.push_back(Node{fingerprint, count, cheap, 0, spent_});
  ++position_;
  return 0;
}

void Exhaustive::Diverge() {
  diverged_ = true;
  diverged_choice_ = position_;
  diverged_step_ = step_;
  done_ = true;
}

runtime::TaskId Exhaustive::NextTask(const TaskChoice& choice) {
  step_ = choice.step;
  const Costs costs(choice);
  std::uint32_t cheap = 0;
  choice.candidates.ForEach([&](runtime::TaskId id) { cheap += costs.IsCheap(id); });
  const std::uint32_t taken = Choose(Fingerprint(choice), choice.candidates.size(), cheap);

  // The alternatives in order: the cheap ones by id, then the others by id.
  const bool want_cheap = taken < cheap;
  std::uint32_t left = want_cheap ? taken : taken - cheap;
  runtime::TaskId result = choice.candidates.First();
  bool found = false;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (found || costs.IsCheap(id) != want_cheap) return;
    if (left-- == 0) {
      result = id;
      found = true;
    }
  });
  return result;
}

std::uint32_t Exhaustive::NextValue(ValueKind kind, std::uint32_t bound) {
  return Choose(Fingerprint(kind), bound, bound);
}

void Exhaustive::EndSchedule(const ScheduleSummary&) {
  if (done_) return;
  if (position_ < prefix_) {
    Diverge();
    return;
  }
  // At limit p the schedules with fewer than p preemptions have been run before.
  if (!max_preemptions_ || limit_ == 0 || spent_ == limit_) ++distinct_;
  Advance();
}

void Exhaustive::Advance() {
  while (!path_.empty()) {
    Node& node = path_.back();
    const std::uint32_t affordable = node.spent < limit_ ? node.count : node.cheap;
    if (affordable < node.count) cut_ = true;
    if (node.taken + 1 < affordable) {
      ++node.taken;
      return;
    }
    path_.pop_back();
  }
  walked_ = distinct_;
  walked_limit_ = limit_;
  // Without a bound nothing is ever cut.
  if (!cut_ || limit_ == *max_preemptions_) {
    done_ = true;
    return;
  }
  ++limit_;
  cut_ = false;
}

std::optional<WalkProgress> Exhaustive::walk() const {
  return WalkProgress{.done = done(),
                      .complete = complete(),
                      .preemptions = preemptions(),
                      .walked = walked_schedules(),
                      .walked_preemptions = walked_preemptions(),
                      .nondeterminism = nondeterminism()};
}

std::optional<std::string> Exhaustive::nondeterminism() const {
  if (!diverged_) return std::nullopt;
  return NondeterminismText(diverged_choice_, diverged_step_);
}

}  // namespace selvage::schedule
