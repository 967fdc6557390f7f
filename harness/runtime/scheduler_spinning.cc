// Tasks that go in circles (spinning.h) sleep until somebody changes what they read.
//
// A sleeping task is no candidate, nor does its timed wait expire, while anybody else can run or
// waits for a time that will come. It wakes when another task changes an object or a piece of
// memory that it has read since it changed something itself. A change that no operation tells of
// (memcpy, code that is not instrumented) wakes nobody; so when none but sleeping tasks are left
// they run on, each as many rounds as the others: what changed is seen then, and a loop that ends
// by itself ends. Only if all of them come back to the same state round after round it is a
// livelock. Whoever looks at the time wakes when it moves (scheduler_time.cc).
//
// All of that follows from the operations and the state of the tasks, not from choices: a replay
// does the same.
#include <algorithm>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {

// Where plain accesses have no scheduling points a loop may count in memory, unseen. What spins
// for ever can be asked for more rounds.
std::uint32_t Scheduler::RoundsToSleep() const { return sees_memory_ ? 2 : 64; }
std::uint32_t Scheduler::RoundsToGiveUp() const { return sees_memory_ ? 48 : 1'024; }

// The last operation of the task has changed something.
void Scheduler::SettleChange(Task& task) {
  const Op& done = trace_.entries.back().op;
  // What is on its own stack belongs to its state.
  const bool is_own =
      IsMemoryAccess(done.kind) && task.body_->OnStack(static_cast<std::uintptr_t>(done.object));
  if (!is_own) StopWatching(task);
  if (!watched_.empty() && done.object != kNoObject) WakeReaders(done.object);
}

void Scheduler::NoteProgress(Task& task) { StopWatching(task); }

// One that is no scheduling point. An atomic update says itself what it has changed.
void Scheduler::UnseenAccess(Task& task, OpKind kind, std::uintptr_t address) {
  NoteMemorySeen();
  const bool stores = kind == OpKind::kStore || kind == OpKind::kRawAtomicStore;
  if (stores && !task.body_->OnStack(address)) NoteProgress(task);
}

void Scheduler::StopWatching(Task& task) {
  if (task.spin_.laps() > 0) {
    watched_.Erase(task.id());
    asleep_.Erase(task.id());
  }
  task.spin_.Restart();
}

// The running task has changed `object`. What it takes and gives back it does not tell itself.
void Scheduler::WakeReaders(ObjectId object) {
  const Task* changer = running_.load(std::memory_order_relaxed);
  watched_.ForEach([&](TaskId id) {
    Task& task = *by_id_[static_cast<std::uint32_t>(id)];
    if (&task != changer && task.spin_.MayHaveRead(object)) StopWatching(task);
  });
}

void Scheduler::WatchSpin(Task& task) {
  Spin& spin = task.spin_;
  spin.Watch(task.pending_.object, task.pending_.site, task.body_->stack_top(), task.held_.size());
  if (spin.laps() == 0) {
    watched_.Erase(task.id());
    asleep_.Erase(task.id());
    return;
  }
  watched_.Insert(task.id());
  if (spin.rounds() < RoundsToSleep()) {
    asleep_.Erase(task.id());
  } else if (spin.holds_least()) {
    asleep_.Insert(task.id());
  }
}

// As PickNext, where some task sleeps.
Task* Scheduler::PickAmongAsleep(const Task* current) {
  asleep_.ForEach([&](TaskId id) {
    if (!enabled_.Contains(id)) return;
    enabled_.Erase(id);
    passed_over_.Insert(id);
  });
  Task* next = PickAwake(current);
  // One by one: what clears the whole set is a memset, which TSan intercepts.
  passed_over_.ForEach([&](TaskId id) {
    passed_over_.Erase(id);
    enabled_.Insert(id);
  });
  nobody_else_could_run_ = next == nullptr;
  return next != nullptr ? next : PickSpinner();
}

// The one with the fewest rounds; null if all have had enough of them.
Task* Scheduler::PickSpinner() {
  Task* next = nullptr;
  asleep_.ForEach([&](TaskId id) {
    Task& task = *by_id_[static_cast<std::uint32_t>(id)];
    if (!enabled_.Contains(id) && task.deadline_ == kNever) return;
    if (next == nullptr || task.spin_.rounds() < next->spin_.rounds()) next = &task;
  });
  if (next == nullptr || next->spin_.rounds() >= RoundsToGiveUp()) return nullptr;
  if (!enabled_.Contains(next->id())) {
    next->timed_out_ = true;
    MoveTime(next->deadline_);
    enabled_.Insert(next->id());
  }
  return next;
}

// Why nobody can go on.
Outcome Scheduler::DeadEnd() const {
  bool spins = false;
  asleep_.ForEach([&](TaskId id) {
    spins |= enabled_.Contains(id) || by_id_[static_cast<std::uint32_t>(id)]->deadline_ != kNever;
  });
  return spins ? Outcome::kLivelock : Outcome::kDeadlock;
}

}  // namespace selvage::runtime
