#include "selvage/harness/schedule/dpor.h"

#include <algorithm>
#include <utility>

#include "selvage/harness/schedule/choice_fingerprint.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::schedule {

using runtime::Task;
using runtime::TaskId;
using runtime::Touch;

// --- A schedule ---

void Dpor::BeginSchedule(std::uint64_t) {
  tasks_.clear();
  spawned_by_.clear();
  sleepers_.clear();
  settled_ = 0;
  prefix_ = path_.size();
  position_ = 0;
  repeats_ = false;
  step_ = 0;
}

void Dpor::TaskSpawned(const Task* parent, const Task& child) {
  tasks_.push_back(&child);
  spawned_by_.push_back(parent == nullptr || log_.size() == 0 ? std::nullopt
                                                              : std::optional(log_.size() - 1));
}

bool Dpor::Sleeps(TaskId task) const {
  return std::any_of(sleepers_.begin(), sleepers_.end(),
                     [&](const Sleeper& sleeper) { return sleeper.task == task; });
}

bool Dpor::Wakes(std::span<const Touch> touches, const Sleeper& sleeper) {
  if (sleeper.touches_everything) return true;
  for (const Touch& touch : touches) {
    if (touch.object == runtime::kEverything) return true;
    const auto conflicts = [&](const Touch& its) { return Conflict(touch, its); };
    if (std::any_of(sleeper.operation.begin(), sleeper.operation.end(), conflicts) ||
        std::any_of(sleeper.touches.begin(), sleeper.touches.end(), conflicts)) {
      return true;
    }
  }
  return false;
}

void Dpor::Settle(std::size_t done) {
  for (; settled_ < done; ++settled_) {
    if (Sleeps(log_.step(settled_).task)) repeats_ = true;
    const std::span<const Touch> touches = log_.touches(settled_);
    std::erase_if(sleepers_, [&](const Sleeper& sleeper) { return Wakes(touches, sleeper); });
  }
}

// The plainest one that does not sleep.
std::optional<TaskId> Dpor::Awake(const TaskChoice& choice) const {
  const TaskId plainest = DefaultTask(choice);
  if (!Sleeps(plainest)) return plainest;
  std::optional<TaskId> awake;
  choice.candidates.ForEach([&](TaskId id) {
    if (Sleeps(id)) return;
    if (!awake || (choice.task(*awake).expiring() && !choice.task(id).expiring())) awake = id;
  });
  return awake;
}

TaskId Dpor::NextTask(const TaskChoice& choice) {
  const tsan::IgnoreScope unseen;
  step_ = choice.step;
  if (done_ || repeats_ || log_.size() == 0) return DefaultTask(choice);
  Settle(log_.size());
  if (position_ < prefix_) return Repeat(path_[position_], choice);
  const std::optional<TaskId> awake = repeats_ ? std::nullopt : Awake(choice);
  if (!awake) {
    repeats_ = true;
    return DefaultTask(choice);
  }
  Node& node = path_.emplace_back();
  ++position_;
  node.fingerprint = Fingerprint(choice);
  node.step = log_.size();
  choice.candidates.ForEach([&](TaskId id) {
    node.candidates.push_back(id);
    node.wanted.push_back(id == *awake);
  });
  node.sleep = sleepers_;
  node.running.task = *awake;
  return *awake;
}

TaskId Dpor::Repeat(const Node& node, const TaskChoice& choice) {
  if (node.values != 0 || node.fingerprint != Fingerprint(choice) || node.step != log_.size()) {
    Diverge();
    return DefaultTask(choice);
  }
  ++position_;
  for (const Sleeper& tried : node.tried) {
    Sleeper& sleeper = sleepers_.emplace_back(tried);
    const runtime::PendingTouches touches(choice.task(tried.task));
    sleeper.operation.assign(touches.span().begin(), touches.span().end());
  }
  return node.running.task;
}

std::uint32_t Dpor::NextValue(ValueKind kind, std::uint32_t bound) {
  const tsan::IgnoreScope unseen;
  if (done_ || repeats_ || log_.size() == 0) return 0;
  const std::uint64_t fingerprint = Fingerprint(kind);
  if (position_ < prefix_) {
    const Node& node = path_[position_];
    if (node.values != bound || node.fingerprint != fingerprint || node.step + 1 != log_.size()) {
      Diverge();
      return 0;
    }
    ++position_;
    return node.value;
  }
  // The step that asks is not done, and may be that of a sleeping task that nobody had to choose.
  Settle(log_.size() - 1);
  if (repeats_ || Sleeps(log_.step(settled_).task)) {
    repeats_ = true;
    return 0;
  }
  Node& node = path_.emplace_back();
  ++position_;
  node.fingerprint = fingerprint;
  node.step = log_.size() - 1;
  node.values = bound;
  return 0;
}

void Dpor::Diverge() {
  diverged_ = true;
  diverged_choice_ = position_;
  diverged_step_ = step_;
  done_ = true;
}

// --- Between schedules ---

void Dpor::EndSchedule(const ScheduleSummary&) {
  if (done_) return;
  if (log_.size() == 0) {  // nobody has written it: nothing is known
    doubtful_ = done_ = true;
    return;
  }
  if (!repeats_) Settle(log_.size());
  if (position_ < prefix_) {
    Diverge();
    return;
  }
  ++(repeats_ ? repeated_ : walked_);
  doubtful_ |= log_.is_cut || log_.has_unseen_atomics;
  for (Node& node : path_) {
    if (node.values == 0 && node.step < log_.size()) NoteTouches(node);
  }
  FindRaces();
  Advance();
}

// What the step that was chosen touches besides its operation, whose object it has in the next
// schedule as well. With other values it may have touched other things.
void Dpor::NoteTouches(Node& node) const {
  Sleeper& sleeper = node.running;
  const std::uint64_t known = log_.step(node.step).objects;
  bool is_first = true;
  for (const Touch& touch : log_.touches(node.step)) {
    const bool is_operation = std::exchange(is_first, false) && touch.size != 0;
    if (is_operation) continue;
    const auto number = static_cast<std::uint64_t>(touch.object);
    const bool is_numbered =
        touch.size == 0 && (number <= known || touch.object >= runtime::kSpuriousWakeups);
    if (!is_numbered) {
      sleeper.touches_everything = true;
      return;
    }
    const auto same = std::find_if(sleeper.touches.begin(), sleeper.touches.end(),
                                   [&](const Touch& its) { return its.object == touch.object; });
    if (same == sleeper.touches.end()) {
      sleeper.touches.push_back(touch);
    } else {
      same->writes |= touch.writes;
    }
  }
}

// Those that the schedule before had as well have been found then.
void Dpor::FindRaces() {
  order_.Begin(log_, spawned_by_);
  for (std::size_t step = 0; step < log_.size(); ++step) {
    order_.AddStep();
    if (step < changed_) continue;
    for (const HappensBefore::Race& race : order_.races()) Want(race);
  }
  for (const Task* task : tasks_) {
    if (task->finished()) continue;
    order_.AddPending(task->id(), runtime::PendingTouches(*task).span());
    for (const HappensBefore::Race& race : order_.races()) Want(race);
  }
}

void Dpor::Want(const HappensBefore::Race& race) {
  const auto found =
      std::lower_bound(path_.begin(), path_.end(), race.earlier,
                       [](const Node& node, std::size_t step) { return node.step < step; });
  if (found == path_.end() || found->step != race.earlier || found->values != 0) return;
  Node& node = *found;
  if (std::find(node.wanted.begin(), node.wanted.end(), false) == node.wanted.end()) return;

  const auto index_of = [&](TaskId task) {
    return static_cast<std::size_t>(
        std::find(node.candidates.begin(), node.candidates.end(), task) - node.candidates.begin());
  };
  HappensBefore::Initials initials = order_.InitialsOf(race);
  if (race.waits) {
    // Where nothing has to be done first and the task could not go on, it could not have come
    // before.
    const bool can_go_first = index_of(race.later_task) < node.candidates.size();
    if (!initials.has_own_task && can_go_first) initials.tasks.push_back(race.later_task);
  } else {
    if (initials.tasks.empty()) initials.tasks.push_back(race.later_task);
    for (const TaskId task : initials.tasks) {
      const std::size_t index = index_of(task);
      const bool slept = std::any_of(node.sleep.begin(), node.sleep.end(),
                                     [&](const Sleeper& sleeper) { return sleeper.task == task; });
      if (slept || (index < node.candidates.size() && node.wanted[index])) return;
    }
  }
  for (const TaskId task : initials.tasks) {
    const std::size_t index = index_of(task);
    if (index == node.candidates.size()) {
      node.wanted.assign(node.candidates.size(), true);
      return;
    }
    node.wanted[index] = true;
    if (!race.waits) return;
  }
}

bool Dpor::NextOf(Node& node) {
  if (node.values != 0) return ++node.value < node.values;
  node.tried.push_back(std::move(node.running));
  node.running = Sleeper{};
  const auto has = [](const std::vector<Sleeper>& list, TaskId task) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Sleeper& sleeper) { return sleeper.task == task; });
  };
  for (std::size_t i = 0; i < node.candidates.size(); ++i) {
    const TaskId task = node.candidates[i];
    if (!node.wanted[i] || has(node.tried, task) || has(node.sleep, task)) continue;
    node.running.task = task;
    return true;
  }
  return false;
}

void Dpor::Advance() {
  while (!path_.empty() && !NextOf(path_.back())) path_.pop_back();
  done_ = path_.empty();
  if (!done_) changed_ = path_.back().step;
}

std::optional<WalkProgress> Dpor::walk() const {
  WalkProgress progress{.done = done_,
                        .complete = done_ && !diverged_ && !doubtful_,
                        .walked = done_ ? walked_ : 0,
                        .reduced = true,
                        .doubtful = doubtful_,
                        .repeats = repeated_};
  if (diverged_) progress.nondeterminism = NondeterminismText(diverged_choice_, diverged_step_);
  return progress;
}

}  // namespace selvage::schedule
