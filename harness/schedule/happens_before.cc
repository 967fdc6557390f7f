#include "selvage/harness/schedule/happens_before.h"

#include <algorithm>
#include <functional>

namespace selvage::schedule {

using runtime::StepRecord;
using runtime::TaskId;
using runtime::Touch;

namespace {

bool TouchesEverything(std::span<const Touch> touches) {
  return std::any_of(touches.begin(), touches.end(),
                     [](const Touch& touch) { return touch.object == runtime::kEverything; });
}

}  // namespace

void HappensBefore::Begin(const runtime::StepLog& log,
                          std::span<const std::optional<std::size_t>> spawned_by) {
  log_ = &log;
  spawned_by_ = spawned_by;
  tasks_ = spawned_by.size();
  added_ = 0;
  clocks_.clear();
  ordinals_.clear();
  last_of_.assign(tasks_, std::nullopt);
  histories_.clear();
  uncertain_.clear();
}

template <typename Visit>
void HappensBefore::ForEachKey(const Touch& touch, Visit visit) {
  const auto object = static_cast<std::uint64_t>(touch.object);
  if (touch.size == 0) return visit(Key{object, false});
  for (std::uint64_t at = object / 8; at <= (object + touch.size - 1) / 8; ++at) {
    visit(Key{at, true});
  }
}

// What the task did last, or what started it.
void HappensBefore::StartClock(TaskId task) {
  const std::optional<std::size_t> last =
      last_of_[Index(task)] ? last_of_[Index(task)] : spawned_by_[Index(task)];
  if (last) {
    const auto clock = ClockOf(*last);
    before_.assign(clock.begin(), clock.end());
  } else {
    before_.assign(tasks_, 0);
  }
  clock_ = before_;
}

void HappensBefore::Join(std::size_t step) {
  const auto other = ClockOf(step);
  for (std::size_t i = 0; i < tasks_; ++i) clock_[i] = std::max(clock_[i], other[i]);
}

void HappensBefore::AddRival(TaskId task, std::size_t step) {
  if (log_->step(step).task != task && !Before(step, before_)) rivals_.push_back(step);
}

// Backwards, up to a write that is after all before it. One that had to wait may have waited for
// that one, and goes on until one that it comes after in any case.
void HappensBefore::Gather(TaskId task, const Touch& touch, const History& history, bool waits) {
  std::size_t from = 0;  // the first step that is not ordered by what was met
  for (std::size_t i = history.writes.size(); i-- > 0;) {
    const Entry& entry = history.writes[i];
    if (!Conflict(entry.touch, touch)) continue;
    AddRival(task, entry.step);
    const bool orders_all = entry.touch.object == touch.object && entry.touch.size == touch.size;
    if (orders_all && (!waits || Before(entry.step, before_))) {
      from = entry.step + 1;
      break;
    }
  }
  if (!touch.writes) return;
  for (std::size_t i = history.reads.size(); i-- > 0 && history.reads[i].step >= from;) {
    if (Conflict(history.reads[i].touch, touch)) AddRival(task, history.reads[i].step);
  }
}

// Of a step that touches everything.
void HappensBefore::GatherAll(TaskId task, bool waits) {
  if (!waits) {
    for (const std::optional<std::size_t>& last : last_of_) {
      if (last) AddRival(task, *last);
    }
    return;
  }
  for (std::size_t step = added_; step-- > 0;) AddRival(task, step);
}

void HappensBefore::GatherUncertain(TaskId task, bool waits) {
  for (std::size_t i = uncertain_.size(); i-- > 0;) {
    if (Before(uncertain_[i], before_)) return;
    AddRival(task, uncertain_[i]);
    if (!waits) return;
  }
}

void HappensBefore::FindRaces(TaskId task, std::span<const Touch> touches, bool waits) {
  rivals_.clear();
  if (TouchesEverything(touches)) {
    GatherAll(task, waits);
  } else {
    GatherUncertain(task, waits);
    for (const Touch& touch : touches) {
      ForEachKey(touch, [&](const Key& key) {
        const auto history = histories_.find(key);
        if (history != histories_.end()) Gather(task, touch, history->second, waits);
      });
    }
  }
  std::sort(rivals_.begin(), rivals_.end(), std::greater<>());
  rivals_.erase(std::unique(rivals_.begin(), rivals_.end()), rivals_.end());
  races_.clear();
  for (const std::size_t rival : rivals_) {
    const bool is_direct = !Before(rival, clock_);
    if (is_direct) Join(rival);
    if (is_direct || waits) races_.push_back(Race{rival, added_, task, waits});
  }
}

void HappensBefore::AddStep() {
  const StepRecord& step = log_->step(added_);
  StartClock(step.task);
  const std::span<const Touch> touches = log_->touches(added_);
  FindRaces(step.task, touches, step.waits);
  ordinals_.push_back(++clock_[Index(step.task)]);
  clocks_.insert(clocks_.end(), clock_.begin(), clock_.end());
  last_of_[Index(step.task)] = added_;
  if (TouchesEverything(touches)) uncertain_.push_back(added_);
  for (const Touch& touch : touches) {
    ForEachKey(touch, [&](const Key& key) {
      History& history = histories_[key];
      (touch.writes ? history.writes : history.reads).push_back(Entry{added_, touch});
    });
  }
  ++added_;
}

void HappensBefore::AddPending(TaskId task, std::span<const Touch> touches) {
  StartClock(task);
  FindRaces(task, touches, /*waits=*/true);
}

HappensBefore::Initials HappensBefore::InitialsOf(const Race& race) const {
  Initials initials;
  std::vector<std::size_t> first;
  for (std::size_t k = race.earlier + 1; k < race.later; ++k) {
    const auto clock = ClockOf(k);
    if (Before(race.earlier, clock) || !Before(k, clock_)) continue;
    const TaskId task = log_->step(k).task;
    initials.has_own_task |= task == race.later_task;
    const bool needs_none = std::none_of(first.begin(), first.end(),
                                         [&](std::size_t other) { return Before(other, clock); });
    if (!needs_none) continue;
    first.push_back(k);
    initials.tasks.push_back(task);
  }
  return initials;
}

}  // namespace selvage::schedule
