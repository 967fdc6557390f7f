#include "selvage/harness/schedule/pct.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "selvage/harness/record.h"

namespace selvage::schedule {
namespace {

// Two digits, never below `probability`.
std::string AtMost(double probability) {
  if (probability < 1e-99) return "1e-99";
  const double unit = std::pow(10, std::floor(std::log10(probability)) - 1);
  return absl::StrFormat("%.2g", std::ceil(probability / unit - 1e-6) * unit);
}

}  // namespace

Pct::Pct(std::optional<std::uint32_t> depth)
    : given_depth_(depth), name_(depth ? "pct:" + std::to_string(*depth) : "pct") {}

double Pct::HitProbability(std::uint32_t tasks, std::uint64_t choices, std::uint32_t depth) {
  return 1.0 / (std::max<std::uint32_t>(tasks, 1) *
                std::pow(std::max<double>(static_cast<double>(choices), 1), depth - 1));
}

void Pct::BeginSchedule(std::uint64_t seed) {
  random_ = Random(seed);
  step_ = 0;
  renewed_.reset();
  change_count_ = 0;
  horizon_ = first_horizon_ = choices_;
  priority_.clear();
  yield_announced_.clear();
  if (schedules_ == 0) return;

  const auto drawn = static_cast<std::uint32_t>(1 + random_.Below(10));
  // No more change points than there are steps for them.
  change_count_ = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(given_depth_.value_or(drawn) - 1, horizon_));
  DrawChanges(0, horizon_);
}

void Pct::DrawChanges(std::uint64_t after, std::uint64_t count) {
  for (std::uint32_t i = 1; i <= change_count_; ++i) {
    bool taken = true;
    while (taken) {
      change_[i] = after + 1 + random_.Below(count);
      taken = false;
      for (std::uint32_t j = 1; j < i; ++j) taken |= change_[j] == change_[i];
    }
  }
}

void Pct::TaskSpawned(const runtime::Task*, const runtime::Task& child) {
  const std::uint32_t index = Index(child.id());
  if (index >= priority_.size()) {
    priority_.resize(index + 1, 0);
    yield_announced_.resize(index + 1, 0);
  }
  priority_[index] = DrawInitial();
  yield_announced_[index] = 0;
}

runtime::TaskId Pct::Highest(const TaskChoice& choice) const {
  runtime::TaskId best = choice.candidates.First();
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (priority_[Index(id)] > priority_[Index(best)]) best = id;
  });
  return best;
}

void Pct::Overrun() {
  const std::uint64_t old = horizon_;
  horizon_ *= 2;
  if (random_.Chance(1, 2)) return;
  for (Priority& priority : priority_) priority = DrawInitial();
  DrawChanges(old, old);
}

void Pct::Renew() {
  if (renewed_) priority_[Index(*renewed_)] = DrawInitial();
  renewed_.reset();
}

runtime::TaskId Pct::NextTask(const TaskChoice& choice) {
  ++step_;
  Renew();
  if (change_count_ > 0 && step_ > horizon_) Overrun();

  if (choice.current != nullptr && choice.current->pending().kind == runtime::OpKind::kYield) {
    const std::uint32_t index = Index(choice.current->id());
    if (yield_announced_[index] != choice.current->announced()) {
      departed_ = true;
      yield_announced_[index] = choice.current->announced();
      priority_[index] = 0;
      renewed_ = choice.current->id();
    }
  }
  runtime::TaskId next = Highest(choice);
  for (std::uint32_t i = 1; i <= change_count_; ++i) {
    if (change_[i] == step_) {
      change_[i] = kUsed;
      // Not "below everyone so far": the order in which change points fire must not fix the order
      // of the demoted tasks, or bugs of depth 3 and more become unreachable.
      priority_[Index(next)] = i;
      next = Highest(choice);
      break;
    }
  }
  if (choice.task(next).expiring()) {
    departed_ = true;
    Renew();
    renewed_ = next;
  }
  return next;
}

void Pct::Count(Drawn& drawn) const {
  ++drawn.schedules;
  drawn.least = std::min(drawn.least, first_horizon_);
  drawn.most = std::max(drawn.most, first_horizon_);
}

void Pct::EndSchedule(const ScheduleSummary& summary) {
  // Choices that somebody else made for it.
  if (summary.choices != step_) departed_ = true;
  Count(drawn_[depth()]);
  most_tasks_ = std::max(most_tasks_, summary.tasks);
  // A failed schedule ends early, or late if it went in circles; neither says how long schedules
  // are.
  if (summary.failed && schedules_ > 0) return;
  const auto seen = static_cast<double>(summary.choices);
  mean_choices_ = schedules_ == 0 ? seen : mean_choices_ + (seen - mean_choices_) / 8;
  choices_ = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(mean_choices_ * 1.2)),
                                       1, kMostChoices);
  tasks_ = std::max(tasks_, summary.tasks);
  ++schedules_;
}

std::string Pct::Guarantee() const {
  if (departed_ || most_tasks_ < 2) return {};
  constexpr std::uint32_t kDeepestShown = 3;
  std::string bounds;
  std::uint64_t within = UINT64_MAX;
  for (std::uint32_t d = 1; d <= std::max(kDeepestShown, given_depth_.value_or(0)); ++d) {
    const Drawn& drawn = drawn_[d];
    if (drawn.schedules == 0) continue;
    if (d > 1) within = std::min(within, drawn.least);
    const double missed = std::pow(1 - HitProbability(most_tasks_, drawn.most, d),
                                   static_cast<double>(drawn.schedules));
    absl::StrAppend(&bounds, bounds.empty() ? " " : ", ", AtMost(missed), " (d=", d, ")");
  }
  if (bounds.empty()) return {};
  return absl::StrCat(
      "a bug that needs d ordering constraints",
      within == UINT64_MAX ? "" : absl::StrCat(" within the first ", within, " choices"),
      " was missed with probability of at most", bounds);
}

std::string Pct::Learnt() const {
  RecordWriter writer;
  writer.Put(tasks_);
  writer.Put(choices_);
  writer.Put(mean_choices_);
  writer.Put(schedules_);
  return std::string(writer.bytes());
}

void Pct::Learn(std::string_view learnt) {
  RecordReader reader(learnt);
  tasks_ = reader.Get<std::uint32_t>();
  choices_ = reader.Get<std::uint64_t>();
  mean_choices_ = reader.Get<double>();
  schedules_ = reader.Get<std::uint64_t>();
}

}  // namespace selvage::schedule
