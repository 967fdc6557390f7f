// Virtual time for tasks that look at it.
//
// Time stands still while tasks run, and moves when all of them wait. A task that waits for a time
// by looking at the clock (`while (Clock::now() < deadline) Yield();`) never waits; for it time
// moves by a tick when it looks. The first tick is a microsecond, and each further one of the same
// loop is twice the one before, so that a deadline in a year comes after some fifty.
//
// Not as long as anybody else could move it. Whoever can run goes first, unless it only looks at
// the time as well; and a tick ends where a timed wait does, which may then expire, and time stands
// until that task has run: it is not made late by somebody who looks often.
#include <algorithm>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {
namespace {

constexpr VirtualTime kFirstTick = 1'000;
// Far beyond any deadline, and deadlines after it can still be told.
constexpr VirtualTime kLatest = VirtualTime{1} << 62;

// Looks of all tasks together at a time that stands still, where none of them goes in circles.
constexpr std::uint32_t kPatience = 64;
// After so many it moves whoever else could: the strategy lets nobody else run.
constexpr std::uint32_t kMostPatience = 256;
// Looks that follow each other: the next one lets others run first.
constexpr std::uint32_t kMostLooksInARow = 4;

}  // namespace

// Of those whose waits could expire now; kNever: there are none.
VirtualTime Scheduler::EarliestDeadline() const {
  return deadlines_.Earliest(
      kNever, [this](TaskId id) { return !enabled_.Contains(id) && !asleep_.Contains(id); });
}

// Whether anybody but those who sleep, and those who have looked at the time as it is, can run.
bool Scheduler::OthersCanRun(const Task& task) const {
  bool others = false;
  enabled_.ForEach([&](TaskId id) {
    if (id == task.id() || asleep_.Contains(id)) return;
    others |= by_id_[static_cast<std::uint32_t>(id)]->looked_in_ != time_moves_;
  });
  return others;
}

bool Scheduler::MayMoveTime(const Task& task) const {
  if (now_ >= kLatest) return false;
  if (looks_ >= kMostPatience) return true;
  if (task.spin_.rounds() == 0 && looks_ < kPatience) return false;
  return EarliestDeadline() > now_ && !OthersCanRun(task);
}

VirtualTime Scheduler::LookAtClock(Task& task, std::uintptr_t site) {
  if (unwinding_) [[unlikely]]
    return now_;
  if (task.looked_at_ != task.announced_) task.looks_in_a_row_ = 0;
  if (++task.looks_in_a_row_ > kMostLooksInARow) {
    Point(task, OpKind::kYield, kNoObject, site);
    task.looks_in_a_row_ = 0;
  }
  task.looked_at_ = task.announced_;
  task.looked_in_ = time_moves_;
  ++looks_;
  NoteTouch(kTimeObject);
  if (task.spin_.rounds() != 0 || looks_ >= kPatience) NoteTouchOfEverything();
  if (!MayMoveTime(task)) return now_;
  const bool is_next = task.tick_ > 0 && task.tick_site_ == site;
  task.tick_ = is_next ? std::min(2 * task.tick_, kLatest - now_) : kFirstTick;
  task.tick_site_ = site;
  const VirtualTime deadline = EarliestDeadline();
  MoveTime(deadline > now_ ? std::min(now_ + task.tick_, deadline) : now_ + task.tick_);
  time_was_watched_ = true;
  NoteProgress(task);
  return now_;
}

void Scheduler::MoveTime(VirtualTime to) {
  if (to <= now_) return;
  watched_.ForEach([this](TaskId id) {
    Task& task = *by_id_[static_cast<std::uint32_t>(id)];
    if (task.looked_in_ == time_moves_) StopWatching(task);
  });
  now_ = to;
  ++time_moves_;
  looks_ = 0;
}

}  // namespace selvage::runtime
