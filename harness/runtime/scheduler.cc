#include "selvage/harness/runtime/scheduler.h"

#include <setjmp.h>

#include <algorithm>
#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <exception>
#include <utility>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/atomic_access.h"
#include "selvage/harness/runtime/exception_text.h"
#include "selvage/harness/runtime/thread_locals.h"
#include "selvage/harness/runtime/thread_pointer.h"
#include "selvage/harness/runtime/throw_site.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/harness/tsan/fence_order.h"

namespace selvage::runtime {

namespace fcontext = boost::context::detail;

namespace {

constexpr int kMaxReportedDepth = 32;

// Of a task to its own stack, one after the other: the next one is a scheduling point.
constexpr std::uint32_t kMostUnseenAccesses = 10'000;

std::uint64_t NextSerial() {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

// What the context that is left behind tells the one that goes on.
struct Handoff {
  void** save_to;  // where the context left behind is to be kept
  Task* to;        // null: the driver
};

// Leaves the current stack for `context`, and returns when somebody comes back to it.
// `thread_pointer` belongs to `context`: from its write to the jump nothing here may use a
// thread_local.
__attribute__((noinline)) void SwitchStacks(Handoff handoff, std::uintptr_t thread_pointer,
                                            void* context) {
  WriteThreadPointer(thread_pointer);
  const fcontext::transfer_t back = fcontext::jump_fcontext(context, &handoff);
  const auto* from = static_cast<const Handoff*>(back.data);
  *from->save_to = back.fctx;
}

}  // namespace

// The first frame of every task.
struct TaskEntryPoint {
  static void Run(fcontext::transfer_t transfer) {
    const auto* from = static_cast<const Handoff*>(transfer.data);
    Task* task = from->to;
    *from->save_to = transfer.fctx;
    current_task = task;
    tsan::ignore_depth = 0;  // a signal handler that was left by longjmp has left it
    announced_operations = 0;
    announced_access = nullptr;
    Scheduler& scheduler = task->scheduler();
    if (task->parent() != nullptr) {
      tsan::Acquire(task);
    } else {
      tsan::Acquire(&scheduler);
    }
    if (scheduler.unwinding_) {
      Discard(*task);
    } else if (task->daemon()) {
      RunOrLeave(scheduler, *task);
    } else {
      RunTask(scheduler, *task);
    }
    if (scheduler.unwinding_) scheduler.EndUnwinding(*task);
    scheduler.Finish(*task);
  }

 private:
  // The task is unwound before it came to run.
  static void Discard(const Task& task) {
    const tsan::IgnoreScope unseen;
    if (task.discard_ != nullptr) task.discard_(task.argument_);
  }

  // Where Leave() comes back to.
  __attribute__((noinline)) static void RunOrLeave(Scheduler& scheduler, Task& task) {
    jmp_buf way_out;
    task.way_out_ = &way_out;
    if (_setjmp(way_out) == 0) RunTask(scheduler, task);
  }

  static void RunTask(Scheduler& scheduler, Task& task) {
    if (scheduler.observer_ != nullptr) scheduler.observer_->OnTaskStart(task);
    if (scheduler.steps_ != nullptr) scheduler.BeginStep(task, /*waits=*/false);
    scheduler.NoteExecuted(task);
    RunFunction(scheduler, task);
    RunExitActions(task);
  }

  static void RunFunction(Scheduler& scheduler, Task& task) {
    try {
      CallNotingThrows(task.run_, task.argument_);
    } catch (const TaskUnwound&) {
    } catch (...) {
      const tsan::IgnoreScope unseen;
      scheduler.Report(task, FindingKind::kUnhandledException,
                       DescribeException(std::current_exception()), 0, {}, ThrowStack());
    }
  }

  static void RunExitActions(Task& task) {
    try {
      while (task.exit_actions_ != nullptr) {
        ExitAction& action = *task.exit_actions_;
        task.exit_actions_ = action.next;
        action.run(action);
      }
    } catch (const TaskUnwound&) {
    }
  }
};

Scheduler::Scheduler(const schedule::ScheduleSettings& settings, std::size_t stack_size)
    : pool_(stack_size), fence_order_(std::make_unique<tsan::FenceOrder>()) {
  set_settings(settings);
  Grow();
}

void Scheduler::set_settings(const schedule::ScheduleSettings& settings) {
  settings_ = settings;
  NoteSharedStack(settings.shared_stack_begin, settings.shared_stack_end);
  pool_.set_reuse(settings.fresh_bodies ? BodyPool::Reuse::kFresh : BodyPool::Reuse::kPooled);
}

Scheduler::~Scheduler() = default;

// --- The driver's side ---

void Scheduler::ResetForSchedule() {
  serial_ = NextSerial();
  task_count_ = live_ = 0;
  deadlines_.Clear();
  waiters_.Clear();
  holders_.Clear();
  stopped_.clear();
  enabled_.Clear();
  watched_.Clear();
  asleep_.Clear();
  sees_memory_ = false;
  has_daemons_ = nobody_else_could_run_ = false;
  trace_.entries.Clear();
  trace_.decisions.Clear();
  trace_.objects.Clear();
  trace_.stacks.clear();
  trace_.local_frames.clear();
  incidents_.clear();
  fence_order_->BeginSchedule();
  uncontrolled_.BeginSchedule();
  if (announcement_ != nullptr) announcement_->BeginSchedule(settings_);
  choices_ = task_choices_ = 0;
  spurious_left_ = settings_.spurious_wakeups;
  now_ = 0;
  time_moves_ = looks_ = 0;
  time_was_watched_ = false;
  step_ = 0;
  outcome_ = Outcome::kCompleted;
}

Outcome Scheduler::Run(Closure body, schedule::Strategy& strategy, std::uint64_t seed) {
  ResetForSchedule();
  strategy_ = &strategy;
  steps_ = strategy.steps();
  if (steps_ != nullptr) steps_->Clear();
  strategy.BeginSchedule(seed);
  driver_thread_pointer_ = ReadThreadPointer();

  Task& main = NewTask(nullptr, body, "main", SourceLocation{}, /*daemon=*/false);
  tsan::Release(this);
  SwitchTo(&main, &driver_context_);
  steps_ = nullptr;  // what follows is no part of the schedule
  running_.store(nullptr, std::memory_order_relaxed);
  tsan::Acquire(this);

  NoteStopped();
  UnwindUnfinished();
  EndDaemons();
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    pool_.Release(i, !by_id_[i]->finished_ && !by_id_[i]->unwound_);
  }
  strategy.EndSchedule(summary());
  return outcome_;
}

schedule::ScheduleSummary Scheduler::summary() const {
  return {.steps = step_,
          .tasks = task_count_,
          .choices = task_choices_,
          .failed = outcome_ != Outcome::kCompleted || !incidents_.empty() || !stopped_.empty()};
}

// --- Tasks: making, ending ---

Task& Scheduler::NewTask(Task* parent, Closure closure, std::string_view name,
                         SourceLocation made_at, bool daemon) {
  const tsan::IgnoreScope unseen;
  if (task_count_ == tasks_.size()) Grow();
  Task& task = *by_id_[task_count_];
  task.scheduler_ = this;
  task.parent_ = parent;
  task.child_ordinal_ = parent == nullptr ? 0 : parent->children_++;
  task.children_ = 0;
  task.name_ = InternName(name);
  task.made_at_ = made_at;
  task.object_ = AddObject("Thread", task.name_, made_at);
  task.pending_ = Op{OpKind::kStart, TaskId{task_count_}, task.object_, 0};
  task.announced_ = 1;
  task.readiness_ = Readiness{};
  task.spin_.Restart();
  task.deadline_ = kNever;
  task.waits_for_object_ = WaitPlace{.task = &task};
  task.waits_also_ = WaitPlace{.task = &task};
  task.looked_at_ = task.looks_in_a_row_ = 0;
  task.looked_in_ = UINT64_MAX;
  task.tick_ = 0;
  task.expiring_ = task.timed_out_ = task.finished_ = task.unwound_ = false;
  task.held_.Clear();
  task.pending_stack_.clear();
  task.pending_frames_.clear();
  task.run_ = closure.run;
  task.discard_ = closure.discard;
  task.exit_actions_ = nullptr;
  task.opaque_calls_ = 0;
  task.way_out_ = nullptr;
  task.argument_ = closure.argument;
  Body& body = pool_.ForTask(task_count_);
  RenewThreadLocals(body.thread_pointer());
  task.body_ = &body;
  task.body_thread_ = body.kernel_thread();
  const auto top = reinterpret_cast<std::uintptr_t>(body.stack_top());
  task.stack_top_ = top;
  task.stack_size_ = body.stack_size();
  lowest_stack_ = std::min(lowest_stack_, top - body.stack_size());
  highest_stack_ = std::max(highest_stack_, top);
  task.context_ =
      fcontext::make_fcontext(body.stack_top(), body.stack_size(), &TaskEntryPoint::Run);
  ++task_count_;
  task.daemon_ = daemon;
  live_ += daemon ? 0 : 1;
  has_daemons_ |= daemon;
  enabled_.Insert(task.id());
  strategy_->TaskSpawned(parent, task);
  return task;
}

// What the task's last operation was for those that go in circles. Nobody else has run since.
inline void Scheduler::SettleLast(Task& task) {
  const TraceEntry& done = trace_.entries.back();
  const Footprint footprint = done.without_effect() ? Footprint::kNone : FootprintOf(done.op.kind);
  if (footprint == Footprint::kChanges) {
    SettleChange(task);
  } else if (task.spin_.laps() > 0) [[unlikely]] {
    task.spin_.Note(footprint, done.op.kind, done.op.object);
  }
}

void Scheduler::Finish(Task& task) {
  SettleLast(task);
  StopWatching(task);
  task.pending_.kind = OpKind::kEnd;
  task.pending_.object = task.object_;
  NoteExecuted(task);
  TouchEnd(task);
  if (observer_ != nullptr) observer_->OnTaskEnd(task);
  if (!task.held_.empty()) ReportLeakedLocks(task);
  if (task.parent() == nullptr) ReportLeakedThreads(task);
  task.finished_ = true;
  live_ -= task.daemon_ ? 0 : 1;
  enabled_.Erase(task.id());
  Changed(task.object_);
  tsan::Release(&task);
  tsan::Release(this);
  current_task = nullptr;
  const bool is_dead = live_ != 0 && !task.held_.empty() && WaitsForEndedTask();
  if (is_dead) NoteCut();
  Task* next = live_ == 0 || is_dead ? nullptr : PickNext(nullptr);
  if (live_ != 0 && next == nullptr) outcome_ = is_dead ? Outcome::kDeadlock : DeadEnd();
  SwitchTo(next, &dead_context_);
  __builtin_unreachable();
}

// Whatever the others could still have done.
void Scheduler::GiveUp(Task& task, Outcome outcome) {
  NoteCut();
  StopSchedule(task, outcome);
}

void Scheduler::StopSchedule(Task& task, Outcome outcome) {
  outcome_ = outcome;
  task.context_ = nullptr;
  // No exception passes a plain access: see scheduler_unwind.cc.
  SwitchTo(nullptr, IsMemoryAccess(task.pending_.kind) ? &dead_context_ : &task.context_);
  StartUnwinding(task);
}

// --- Objects ---

ObjectId Scheduler::AddObject(const char* type, const char* name, SourceLocation made_at) {
  const Task* user = current_task;
  trace_.objects.Append(
      TracedObject{type, name, made_at, user == nullptr ? TaskId{0} : user->id(), 0, 0, {}});
  return ObjectId{trace_.objects.size()};
}

void Scheduler::Register(Object& object) {
  object.schedule_ = serial_;
  object.id_ = AddObject(object.type_, object.name_, object.made_at_);
  TracedObject& traced = trace_.objects.back();
  traced.age = object.age_;
  traced.unseen = object.unseen_;
}

// --- Scheduling points ---

void Scheduler::Announce(Task& task, OpKind kind, ObjectId object, std::uintptr_t site,
                         std::uint32_t size) {
  SettleLast(task);
  task.pending_.kind = kind;
  task.pending_.object = object;
  task.pending_.site = site;
  task.pending_size_ = size;
  ++task.announced_;
  unseen_accesses_ = 0;
  if (task.spin_.Advance(object, site)) [[unlikely]]
    WatchSpin(task);
  if (capture_stacks_) CapturePendingStack(task);
  progress_.store(progress_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (++step_ > settings_.max_steps) GiveUp(task, Outcome::kUnfinished);
}

void Scheduler::NoteExecuted(Task& task) {
  if (unwinding_) [[unlikely]]
    return;
  trace_.entries.Append(TraceEntry{.op = task.pending_, .timed_out = task.timed_out_});
  if (announcement_ != nullptr) {
    announcement_->operations = trace_.entries.size();
    announcement_->choices = task_choices_;
    announcement_->tasks = task_count_;
  }
  if (capture_stacks_) {
    const tsan::IgnoreScope unseen;
    trace_.stacks.push_back(task.pending_stack_);
    trace_.local_frames.push_back(FrameTouchedBy(task.pending_));
  }
  if (trace_.entries.size() == stop_after_) StopSchedule(task, Outcome::kStopped);
}

void Scheduler::NoteDecision(const schedule::Decision& decision) {
  trace_.decisions.Append(decision);
  if (announcement_ != nullptr) announcement_->Add(decision);
}

void Scheduler::YieldTurn(Task& task) {
  Task* next = PickNext(&task);
  if (next != &task) LetRun(next, task);
}

// Returns when it is the turn of `task` again. `next` null: nobody can go on.
void Scheduler::LetRun(Task* next, Task& task) {
  if (next == nullptr) StopSchedule(task, DeadEnd());
  SwitchTo(next, &task.context_);
  if (unwinding_) [[unlikely]]
    ResumeUnwinding(task);
}

void Scheduler::Point(Task& task, OpKind kind, ObjectId object, std::uintptr_t site,
                      std::uint32_t size) {
  if (unwinding_) [[unlikely]]
    return PointWhileUnwinding(task, kind);
  Announce(task, kind, object, site, size);
  if (enabled_.size() > 1 || !deadlines_.empty() || !asleep_.empty()) YieldTurn(task);
  if (steps_ != nullptr) [[unlikely]]
    BeginStep(task, /*waits=*/false);
  NoteExecuted(task);
}

WakeReason Scheduler::Await(Task& task, OpKind kind, ObjectId object, std::uintptr_t site,
                            Readiness readiness, std::optional<std::chrono::nanoseconds> timeout) {
  if (unwinding_) [[unlikely]]
    WaitWhileUnwinding(task);
  Announce(task, kind, object, site, /*size=*/0);
  task.readiness_ = readiness;
  if (!readiness.ready(readiness.context)) {
    enabled_.Erase(task.id());
    if (!timeout && CanNeverGoOn(task)) GiveUp(task, Outcome::kDeadlock);
  }
  if (timeout) {
    task.deadline_ = now_ + std::clamp<VirtualTime>(timeout->count(), 0, kNever - 1 - now_);
    deadlines_.Add(task.deadline_, task.id(), task.deadline_place_);
    TouchTimedWait(task);
  }
  // What changes while nobody else runs does not have to be told.
  if (Task* next = PickNext(&task); next != &task) {
    BeginWait(task);
    LetRun(next, task);
    EndWait(task);
  }
  if (steps_ != nullptr) [[unlikely]]
    BeginStep(task, /*waits=*/true);
  if (timeout) {
    task.deadline_ = kNever;
    deadlines_.Remove(task.deadline_place_);
  }
  task.readiness_ = Readiness{};
  NoteExecuted(task);
  const bool timed_out = task.timed_out_;
  task.timed_out_ = false;
  return timed_out ? WakeReason::kTimeout : WakeReason::kReady;
}

bool Scheduler::MemoryAccess(Task& task, OpKind kind, std::uintptr_t address, std::uint32_t size,
                             std::uintptr_t site) {
  if (!settings_.memory_points) {
    UnseenAccess(task, kind, address);
    return false;
  }
  NoteMemorySeen();
  if (task.body_->OnStack(address)) {
    const std::uintptr_t below =
        reinterpret_cast<std::uintptr_t>(task.body_->stack_top()) - address;
    const bool is_shared =
        below >= settings_.shared_stack_begin && below < settings_.shared_stack_end;
    // It may wait for somebody to change a local variable of its own, who cannot as long as nobody
    // else gets to run.
    if (!is_shared && ++unseen_accesses_ < kMostUnseenAccesses) return false;
  } else if (address >= lowest_stack_ && address < highest_stack_) {
    for (std::uint32_t i = 0; i < task_count_; ++i) {
      if (!by_id_[i]->body_->OnStack(address)) continue;
      const auto below = static_cast<std::uint32_t>(
          reinterpret_cast<std::uintptr_t>(by_id_[i]->body_->stack_top()) - address);
      NoteSharedStack(below, below + 1);
      break;
    }
  }
  Point(task, kind, ObjectId{address}, site, size);
  return true;
}

void Scheduler::SwitchTo(Task* next, void** save_to) {
  running_.store(next, std::memory_order_relaxed);
  if (next == nullptr) {
    SwitchStacks(Handoff{save_to, nullptr}, driver_thread_pointer_, driver_context_);
  } else {
    SwitchStacks(Handoff{save_to, next}, next->body_->thread_pointer(), next->context_);
  }
}

// --- Faults ---

void Scheduler::Report(Task& task, FindingKind kind, std::string_view message, std::uintptr_t site,
                       std::string_view details, std::span<const std::uintptr_t> thrown_at) {
  if (unwinding_) return;
  const tsan::IgnoreScope unseen;
  Incident incident{.kind = kind,
                    .task = task.id(),
                    .step = step_,
                    .message = std::string(message),
                    .details = std::string(details),
                    .stack = {thrown_at.begin(), thrown_at.end()},
                    .thrown = !thrown_at.empty()};
  incidents_.push_back(std::move(incident));
  if (!thrown_at.empty()) return;
  std::vector<std::uintptr_t>& stack = incidents_.back().stack;
  std::uintptr_t pcs[kMaxReportedDepth];
  const int depth = report::CaptureStack(pcs, kMaxReportedDepth, 1);
  stack.assign(pcs, pcs + depth);
  if (stack.empty() && site != 0) stack.push_back(site);
}

void Scheduler::Stop(Task& task) {
  if (unwinding_) WaitWhileUnwinding(task);
  GiveUp(task, Outcome::kStopped);
}

}  // namespace selvage::runtime
