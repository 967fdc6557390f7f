// Runs one schedule at a time: tasks, their bodies, the switch between them, blocking and waking,
// virtual time.
//
// Threads: all tasks of a scheduler run on the one OS thread that called Run(), the driver. The
// task-side functions run on the calling task's stack with its thread pointer; a switch goes from
// task to task without a detour through the driver.
//
// Invariants:
//  1. Exactly one task runs; every other unfinished one is stopped inside Point() or Await() with a
//  pending operation.
//  2. `enabled_` holds the unfinished tasks whose pending operation can take effect now. Whoever
//  changes an object's state calls
//     Changed() before the next scheduling point.
//  3. An operation takes effect between its own scheduling point and the next one of the same task;
//  nothing runs in between.
#ifndef SELVAGE_HARNESS_RUNTIME_SCHEDULER_H_
#define SELVAGE_HARNESS_RUNTIME_SCHEDULER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "selvage/harness/runtime/announcement.h"
#include "selvage/harness/runtime/body.h"
#include "selvage/harness/runtime/deadlines.h"
#include "selvage/harness/runtime/holders.h"
#include "selvage/harness/runtime/incident.h"
#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/steps.h"
#include "selvage/harness/runtime/stopped_task.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/runtime/task_set.h"
#include "selvage/harness/runtime/trace.h"
#include "selvage/harness/runtime/uncontrolled.h"
#include "selvage/harness/runtime/waiters.h"
#include "selvage/harness/schedule/settings.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::tsan {
class FenceOrder;
class RaceCollector;
}  // namespace selvage::tsan

namespace selvage::runtime {

// What a task runs. Trivial on purpose: copying it must not touch memory that a sanitizer watches.
struct Closure {
  void (*run)(void* argument);
  void* argument;
  // Frees `argument` if the task never came to run; null: there is nothing to free.
  void (*discard)(void* argument) = nullptr;
};

// How a schedule ended.
enum class Outcome {
  kCompleted,   // every task ended
  kDeadlock,    // tasks remain and some of them can never go on, whatever the others do
  kLivelock,    // all tasks that can run go in circles
  kUnfinished,  // the limit of steps was reached
  kStopped,     // a task stopped it, having met a fault it cannot go on from
};

// Why Await() returned.
enum class WakeReason { kReady, kTimeout };

// What a front keeps of the schedule that runs, from schedule to schedule.
class Extension {
 public:
  virtual ~Extension() = default;
};

// Told about tasks as they come and go; called on the thread named.
class TaskObserver {
 public:
  virtual ~TaskObserver() = default;
  virtual void OnSpawn(const Task& parent, const Task& child) = 0;  // on the parent's thread
  virtual void OnTaskStart(const Task& task) = 0;                   // on the task's own thread
  virtual void OnTaskEnd(const Task& task) = 0;                     // on the task's own thread
  virtual void OnJoin(const Task& joiner, const Task& child, std::uintptr_t site,
                      bool timed) = 0;  // on the joiner's thread, before it may wait
  virtual void OnJoined(const Task& joiner, const Task& child) = 0;  // on the joiner's thread
};

class Scheduler {
 public:
  // `stack_size`: bytes for each task.
  Scheduler(const schedule::ScheduleSettings& settings, std::size_t stack_size);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // --- The driver's side: called by one ordinary thread, never by a task. ---

  // Runs one schedule of `body` as task 0. What it was like can be read until the next call.
  Outcome Run(Closure body, schedule::Strategy& strategy, std::uint64_t seed);

  // Null: none. The observer must outlive the runs.
  void set_observer(TaskObserver* observer) { observer_ = observer; }
  // Where TSan's reports about the tasks go; null: they are printed as ever.
  void set_race_collector(tsan::RaceCollector* collector) { race_collector_ = collector; }
  tsan::RaceCollector* race_collector() const { return race_collector_; }
  // What tasks have done that is not under control, in all schedules.
  UncontrolledUses& uncontrolled() { return uncontrolled_; }
  // What fences of the tasks order.
  tsan::FenceOrder& fence_order() { return *fence_order_; }
  // Whether each operation's stack is kept with the trace: slow, for the one schedule that is
  // explained.
  void set_capture_stacks(bool capture) { capture_stacks_ = capture; }
  void set_settings(const schedule::ScheduleSettings& settings);
  const schedule::ScheduleSettings& settings() const { return settings_; }
  // Whether the tasks of a schedule that is given up are unwound, as at first, or left where they
  // are.
  void set_unwinds(bool unwinds) { unwinds_ = unwinds; }
  // Where the course of the schedule is written down while it runs; null: nowhere.
  void set_announcement(Announcement* announcement) { announcement_ = announcement; }
  Announcement* announcement() const { return announcement_; }
  // Schedules are stopped when so many operations have taken effect: just before the one that
  // crashes.
  void set_stop_after(std::uint64_t operations) { stop_after_ = operations; }

  const Trace& trace() const { return trace_; }
  std::uint32_t task_count() const { return task_count_; }
  const Task& task(TaskId id) const { return *tasks_[static_cast<std::uint32_t>(id)]; }
  const std::vector<Incident>& incidents() const { return incidents_; }
  // The tasks that can never go on: of a deadlock; and the daemons of a schedule that completed, if
  // they are noted.
  const std::vector<StoppedTask>& stopped() const { return stopped_; }
  // Null: the task could still go on, or has ended.
  const StoppedTask* FindStopped(TaskId task) const;
  // Whether daemons that can never go on are noted when a schedule has completed.
  void set_notes_blocked_daemons(bool notes) { notes_blocked_daemons_ = notes; }
  // Whether the schedule that ran last met instrumented accesses to memory.
  bool sees_memory() const { return sees_memory_; }
  // Whether the task went in circles when the schedule ended.
  bool IsAsleep(const Task& task) const { return asleep_.Contains(task.id()); }
  // Where tasks were seen to touch the stacks of others, so far; see
  // ScheduleSettings::shared_stack_begin.
  std::uint32_t shared_stack_begin() const { return shared_stack_begin_; }
  std::uint32_t shared_stack_end() const { return shared_stack_end_; }
  schedule::ScheduleSummary summary() const;

  // Scheduling points passed since the scheduler was made, and what the running task is in; for the
  // watchdog, from any thread.
  std::uint64_t progress() const { return progress_.load(std::memory_order_relaxed); }
  const Task* running() const { return running_.load(std::memory_order_relaxed); }
  static bool IsOnStack(const Task& task, std::uintptr_t address) {
    return task.body_->OnStack(address);
  }
  // The task on whose stack the address lies.
  std::optional<TaskId> StackOwner(std::uintptr_t address) const;
  // Whether an access at `address` ran out of the task's stack. Async-signal-safe.
  static bool IsBeyondStack(const Task& task, std::uintptr_t address) {
    return task.body_ != nullptr && task.body_->IsBeyondStack(address);
  }

  // --- The tasks' side: called by the running task, which is `task`. ---

  // A scheduling point for an operation that can always take effect: returns when it is the task's
  // turn. `size`: bytes of the memory that it accesses, if that is known.
  void Point(Task& task, OpKind kind, ObjectId object, std::uintptr_t site, std::uint32_t size = 0);

  // A scheduling point for an operation that must wait until `readiness` says so. Returns kReady
  // with the readiness still true, or kTimeout when `timeout` (virtual time) ran out first. The
  // caller then changes the object's state and calls Changed().
  WakeReason Await(Task& task, OpKind kind, ObjectId object, std::uintptr_t site,
                   Readiness readiness,
                   std::optional<std::chrono::nanoseconds> timeout = std::nullopt);

  // The state of `object` has changed: whose operations can take effect now is found out anew.
  // O(those who wait for it).
  void Changed(ObjectId object);

  // A choice that is not about tasks: a number below `bound`. No scheduling point.
  std::uint32_t ChooseValue(schedule::ValueKind kind, std::uint32_t bound);
  // Whether this wait is to return spuriously; draws on the schedule's budget.
  bool ChooseSpuriousWakeup();

  // Whether a wait that `readiness` describes could go on: asks for one task what Changed() asks
  // for all.
  void Refresh(Task& task);

  // The operation that took effect last was a try that failed.
  void NoteUnsuccessful() {
    if (!unwinding_) trace_.entries.back().unsuccessful = true;
  }

  // The operation that took effect last left its object as it was: an exchange for the same value.
  void NoteUnchanged() {
    if (!unwinding_) trace_.entries.back().unchanged = true;
  }

  // The running task has changed something that no operation tells of, or has seen that time has
  // passed: it does not go in circles.
  void NoteProgress(Task& task);

  // The running step reads, or writes, the state of `object` without Changed() or an operation that
  // says so.
  void NoteTouch(ObjectId object, bool writes = true) {
    if (steps_ != nullptr && object != kNoObject) [[unlikely]]
      AddTouch({.object = object, .writes = writes});
  }
  // The running step depends on, or changes, more than can be told.
  void NoteTouchOfEverything() const {
    if (steps_ != nullptr) [[unlikely]]
      steps_->AddEverything();
  }
  // An atomic variable is used where no scheduling point is.
  void NoteUnseenAtomic(const Task& task, std::uintptr_t address);

  // Starts a task that runs `closure`. The scheduling point comes before. `name` may be empty. A
  // `daemon` is left where it is once all others have ended.
  Task& Spawn(Task& parent, Closure closure, std::string_view name, SourceLocation made_at,
              std::uintptr_t site, bool daemon = false);

  // What the task is called from now on, in traces and reports.
  static void SetName(Task& task, std::string_view name) { task.name_ = InternName(name); }

  // Nobody will wait for the task's end: it is a daemon from now on.
  void Detach(Task& task);

  // Waits until `child` has ended. The same child may be joined by several tasks.
  WakeReason Join(Task& task, const Task& child, std::uintptr_t site,
                  std::optional<std::chrono::nanoseconds> timeout = std::nullopt);

  // The object's number in this schedule. `first_use` is set when it is met for the first time in
  // it.
  ObjectId Enter(Object& object, bool& first_use) {
    first_use = object.schedule_ != serial_;
    if (first_use) Register(object);
    return object.id_;
  }

  // The same for a plain variable at `address`, whose accesses are known by that.
  void EnterVariable(Object& object, const void* address) {
    if (object.schedule_ == serial_) return;
    Register(object);
    trace_.objects.back().address = reinterpret_cast<std::uintptr_t>(address);
  }
  Step step() const { return step_; }
  // Of the schedule; never given twice in the process.
  std::uint64_t serial() const { return serial_; }

  // Whether this schedule has met the object.
  bool Knows(const Object& object) const { return object.schedule_ == serial_; }

  // `action` is run by `task` before it ends, also while it is unwound, the last one that was added
  // first; not if it is abandoned.
  void AddExitAction(Task& task, ExitAction& action) {
    action.next = task.exit_actions_;
    task.exit_actions_ = &action;
  }
  // REQUIRES: it was added to this task and has not been run. O(actions of the task).
  void RemoveExitAction(TaskId task, const ExitAction& action);

  // For tests, called by a task between two operations: what is wrong with the scheduler's own
  // bookkeeping; null: nothing. O(tasks).
  const char* CheckInvariants() const;

  VirtualTime now() {
    NoteTouch(kTimeObject);
    return now_;
  }
  // What the clock shows to a task that looks at it, at `site`. It moves for one that waits for a
  // time by looking again and again; see scheduler_time.cc.
  VirtualTime LookAtClock(Task& task, std::uintptr_t site = 0);

  // Whatever was set last; null at first. Lives as long as the scheduler.
  Extension* extension() const { return extension_.get(); }
  void set_extension(std::unique_ptr<Extension> extension) { extension_ = std::move(extension); }

  // Whether the schedule is over, and the task that asks is being unwound: it runs destructors, and
  // its operations are no part of the schedule any more. See scheduler_unwind.cc.
  bool unwinding() const { return unwinding_; }
  // The task does so once more what counts for nothing: one that does it for ever is given up.
  void CountWhileUnwinding(Task& task);

  // Notes what went wrong; the schedule goes on. `message` is the same in every schedule that has
  // the fault; `details` need not be. The stack is the caller's, unless it is one that an exception
  // was thrown on. Nothing, of a task that is being unwound.
  void Report(Task& task, FindingKind kind, std::string_view message, std::uintptr_t site = 0,
              std::string_view details = {}, std::span<const std::uintptr_t> thrown_at = {});
  // Ends the schedule; the calling task never runs again.
  [[noreturn]] void Stop(Task& task);
  // The task waits for `object`, which it holds itself and can hold only once: nothing will ever
  // wake it. Ends the schedule as a deadlock.
  [[noreturn]] void StopInSelfDeadlock(Task& task, Object& object, std::uintptr_t site);

  // Bookkeeping of who holds what, for explanations, for locks that are never released, and for
  // deadlocks: nobody but its holders can release what a task waits for by kLock. Once for each
  // task, however often it holds the object. O(held).
  void NoteHeld(Task& task, ObjectId object);
  void NoteNotHeld(Task& task, ObjectId object);

  // A scheduling point before an access to memory, unless nobody else can see the address: see
  // ScheduleSettings::shared_stack_begin. Returns whether it was one.
  // `size`: bytes; 0 if they are not known.
  bool MemoryAccess(Task& task, OpKind kind, std::uintptr_t address, std::uint32_t size,
                    std::uintptr_t site);
  // A plain load or store that is no scheduling point.
  void UnseenAccess(Task& task, OpKind kind, std::uintptr_t address);

 private:
  friend struct TaskEntryPoint;

  void ResetForSchedule();
  Task& NewTask(Task* parent, Closure closure, std::string_view name, SourceLocation made_at,
                bool daemon);
  void Grow();
  void Register(Object& object);
  ObjectId AddObject(const char* type, const char* name, SourceLocation made_at);
  void Announce(Task& task, OpKind kind, ObjectId object, std::uintptr_t site, std::uint32_t size);
  void CapturePendingStack(Task& task);
  report::StackFrame FrameTouchedBy(const Op& op) const;
  void YieldTurn(Task& task);
  void LetRun(Task* next, Task& task);
  Task* PickNext(const Task* current);
  Task* PickAwake(const Task* current);
  Task* PickAmongTimed(const Task* current);
  Task* PickAmongAsleep(const Task* current);
  Task* PickSpinner();
  VirtualTime EarliestDeadline() const;
  bool OthersCanRun(const Task& task) const;
  bool MayMoveTime(const Task& task) const;
  void MoveTime(VirtualTime to);
  Outcome DeadEnd() const;
  void SettleLast(Task& task);
  void SettleChange(Task& task);
  void WatchSpin(Task& task);
  void WakeReaders(ObjectId object);
  void StopWatching(Task& task);
  std::uint32_t RoundsToSleep() const;
  std::uint32_t RoundsToGiveUp() const;
  Task* Choose(const Task* current);
  void SwitchTo(Task* next, void** save_to);
  void NoteSharedStack(std::uint32_t begin, std::uint32_t end);
  void NoteExecuted(Task& task);
  void NoteDecision(const schedule::Decision& decision);
  void ReportLeakedLocks(Task& task);
  void ReportLeakedThreads(Task& main);
  [[noreturn]] void Finish(Task& task);
  [[noreturn]] void StopSchedule(Task& task, Outcome outcome);
  [[noreturn]] void GiveUp(Task& task, Outcome outcome);
  void BeginStep(Task& task, bool waits);
  void AddTouch(const Touch& touch);
  void TouchTimedWait(const Task& task);
  void TouchEnd(const Task& task);
  void NoteCut();
  void NoteMemorySeen();

  class Walk;
  bool Waits(const Task& task) const;
  void BeginWait(Task& task);
  void EndWait(Task& task);
  void VisitBlockers(const Task& task, BlockerVisitor& visitor) const;
  bool CanNeverGoOn(Task& task);
  bool WaitsForEndedTask();
  void NoteStopped();

  void UnwindUnfinished();
  void EndDaemons();
  [[noreturn]] void Leave(Task& task);
  static bool CanBeUnwound(const Task& task);
  void ResumeUnwinding(Task& task);
  [[noreturn]] void StartUnwinding(Task& task);
  [[noreturn]] void StopAgain(Task& task);
  [[noreturn]] void EndUnwinding(Task& task);
  [[noreturn]] void GiveUpUnwinding(Task& task);
  void PointWhileUnwinding(Task& task, OpKind kind);
  WakeReason JoinWhileUnwinding(Task& task);
  [[noreturn]] void WaitWhileUnwinding(Task& task);
  static void OnTerminate();

  schedule::ScheduleSettings settings_;
  BodyPool pool_;
  schedule::Strategy* strategy_ = nullptr;
  TaskObserver* observer_ = nullptr;
  tsan::RaceCollector* race_collector_ = nullptr;
  std::unique_ptr<tsan::FenceOrder> fence_order_;
  UncontrolledUses uncontrolled_;
  bool capture_stacks_ = false;
  Announcement* announcement_ = nullptr;
  bool unwinds_ = true;
  bool unwinding_ = false;
  bool draining_ = false;
  bool leaving_ = false;
  int unwinding_points_ = 0;  // of the task that is being unwound
  int unwinding_waits_ = 0;
  std::uint64_t stop_after_ = UINT64_MAX;

  std::vector<std::unique_ptr<Task>> tasks_;  // reused from schedule to schedule
  std::unique_ptr<Task*[]> by_id_;            // the same tasks
  std::uint32_t task_count_ = 0;              // of this schedule
  std::uint32_t live_ = 0;                    // unfinished ones, but for daemons
  Deadlines deadlines_;                       // of those that wait with one
  Waiters waiters_;
  Holders holders_;
  bool notes_blocked_daemons_ = false;
  std::uint64_t walks_ = 0;  // through those who wait, since the scheduler was made
  std::vector<StoppedTask> stopped_;
  TaskSet enabled_;
  TaskSet watched_;                    // may be spinners: those with Spin::laps() > 0
  TaskSet asleep_;                     // spinners; a part of watched_
  TaskSet passed_over_;                // within PickNext(): enabled, but asleep
  bool sees_memory_ = false;           // this schedule met scheduling points at plain memory
  std::uint32_t unseen_accesses_ = 0;  // of the running task to its own stack, since its last point

  StepLog* steps_ = nullptr;            // of this schedule, if the strategy wants it
  bool has_daemons_ = false;            // this schedule
  bool nobody_else_could_run_ = false;  // but the task that is let run next

  Trace trace_;
  std::vector<Incident> incidents_;
  std::uint64_t serial_ = 0;        // of the schedule, unique in the process
  std::uint64_t choices_ = 0;       // of any kind, as decisions are numbered
  std::uint64_t task_choices_ = 0;  // of tasks
  std::uint32_t spurious_left_ = 0;
  VirtualTime now_ = 0;
  std::uint64_t time_moves_ = 0;   // how often it has moved
  bool time_was_watched_ = false;  // it has moved for those who look at it
  std::uint32_t looks_ = 0;        // at the time since then
  Step step_ = 0;
  Outcome outcome_ = Outcome::kCompleted;
  std::uintptr_t lowest_stack_ = UINTPTR_MAX;
  std::uintptr_t highest_stack_ = 0;
  std::uint32_t shared_stack_begin_ = 0;
  std::uint32_t shared_stack_end_ = 0;
  std::atomic<std::uint64_t> progress_{0};
  std::atomic<const Task*> running_{nullptr};

  std::unique_ptr<Extension> extension_;

  std::uintptr_t driver_thread_pointer_ = 0;
  void* driver_context_ = nullptr;
  void* dead_context_ = nullptr;  // where the context of a task that never runs again is saved
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_SCHEDULER_H_
