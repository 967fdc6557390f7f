// What becomes of the tasks of a schedule that is given up: those of a deadlock, a livelock, a
// misuse will never run again, and what their frames own would stay behind.
//
// Once the driver has the schedule's outcome it resumes each of them for a last time, the newest
// first, so that what a parent's frames hold outlives its children. The operation in which the task
// is stopped throws TaskUnwound, and the destructors of the frames run. What they do is no part of
// the schedule: TSan and the recorder look away, operations that need not wait do nothing, and one
// that would have to wait, or the ten-thousandth, ends the unwinding; so does the sixty-fourth wait
// of a task that catches everything.
//
// A task that is stopped in a function of the C library (OpaqueCall) is left where it is: what
// calls such a function was compiled for its throwing nothing, and has no destructors to run there.
//
// A frame that lets no exception pass (a destructor that joins, a noexcept function) calls
// std::terminate: there the task is left where it is. So it is from the start where main or another
// parent has ended already: their objects, which the frames may refer to, are gone.
//
// A plain load or store is compiled as what cannot throw: an exception would pass its frame by. A
// task that is stopped there is drained first: it runs on, before anybody is unwound, to its next
// operation of a primitive. That is how the schedule could have gone on, too. One that does not get
// there is left where it is, as is one whose access was one too many for the schedule.
#include <cxxabi.h>
#include <setjmp.h>

#include <cstdlib>
#include <exception>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/runtime/leak_check.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {
namespace {

// The terminate handler is the process's: one driver at a time.
constinit SpinLock terminate_handler_lock;
constinit std::terminate_handler handler_before = nullptr;

// A destructor that asks so often asks for ever.
constexpr int kMostPoints = 10'000;

// How often a task may catch that it is unwound, and want to wait again.
constexpr int kMostWaits = 64;

}  // namespace

// --- The driver's side ---

void Scheduler::UnwindUnfinished() {
  if (!unwinds_ || outcome_ == Outcome::kCompleted) return;
  const SpinLockHolder holder(terminate_handler_lock);
  handler_before = std::set_terminate(&Scheduler::OnTerminate);
  unwinding_ = draining_ = true;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    Task& task = *by_id_[i];
    unwinding_points_ = 0;
    if (CanBeUnwound(task) && IsMemoryAccess(task.pending_.kind)) {
      SwitchTo(&task, &driver_context_);
    }
  }
  draining_ = false;
  for (std::uint32_t i = task_count_; i-- > 0;) {
    Task& task = *by_id_[i];
    unwinding_points_ = unwinding_waits_ = 0;
    if (CanBeUnwound(task)) SwitchTo(&task, &driver_context_);
  }
  unwinding_ = false;
  running_.store(nullptr, std::memory_order_relaxed);
  std::set_terminate(handler_before);
}

// Daemons of a schedule that has completed. Their frames may refer to what main has destroyed: no
// destructor runs, as none does where a process ends. The stacks serve the next schedule.
void Scheduler::EndDaemons() {
  if (outcome_ != Outcome::kCompleted) return;
  unwinding_ = leaving_ = true;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    Task& task = *by_id_[i];
    if (task.finished_) continue;
    NoteAbandonedTask();
    if (task.announced_ == 1) {
      task.unwound_ = true;  // it has not begun
    } else if (task.context_ != nullptr) {
      SwitchTo(&task, &driver_context_);
    }
  }
  unwinding_ = leaving_ = false;
  running_.store(nullptr, std::memory_order_relaxed);
}

bool Scheduler::CanBeUnwound(const Task& task) {
  if (task.context_ == nullptr || task.opaque_calls_ > 0) return false;
  for (const Task* ancestor = &task; ancestor != nullptr; ancestor = ancestor->parent()) {
    if (ancestor->finished()) return false;
  }
  return true;
}

// --- The task's side ---

// Where it was stopped.
void Scheduler::ResumeUnwinding(Task& task) {
  if (leaving_) Leave(task);
  if (!draining_) StartUnwinding(task);
  lockgraph::AbandonThread();
  if (tsan::Present()) __tsan_ignore_thread_begin();
}

void Scheduler::StartUnwinding(Task&) {
  lockgraph::AbandonThread();
  ++tsan::ignore_depth;
  if (tsan::Present()) __tsan_ignore_thread_begin();
  throw TaskUnwound();
}

// Goes back to the task's first frame, past all others. Sanitizers know what longjmp() means for
// their shadow of the stack. A thread that holds a native mutex is of no use to another task; one
// that was no daemon when it began has no way back.
void Scheduler::Leave(Task& task) {
  if (native_mutexes_held != 0 || task.way_out_ == nullptr) GiveUpUnwinding(task);
  lockgraph::AbandonThread();
  // Itanium C++ ABI, "Exception Handling", section 2.2.2: what it is in the middle of handling.
  struct Exceptions {
    void* caught;
    unsigned uncaught;
  };
  *reinterpret_cast<Exceptions*>(abi::__cxa_get_globals()) = {};
  _longjmp(*static_cast<jmp_buf*>(task.way_out_), 1);
}

// The end of draining, in an operation that may throw.
void Scheduler::StopAgain(Task& task) {
  if (tsan::Present()) __tsan_ignore_thread_end();
  SwitchTo(nullptr, &task.context_);
  StartUnwinding(task);
}

// In the task's first frame.
void Scheduler::EndUnwinding(Task& task) {
  task.unwound_ = true;
  tsan::Release(this);
  GiveUpUnwinding(task);
}

// Leaves the task where it is, for ever.
void Scheduler::GiveUpUnwinding(Task& task) {
  task.context_ = nullptr;
  if (draining_ && tsan::Present()) __tsan_ignore_thread_end();
  while (tsan::ignore_depth > 0) {
    if (tsan::Present()) __tsan_ignore_thread_end();
    --tsan::ignore_depth;
  }
  current_task = nullptr;
  SwitchTo(nullptr, &dead_context_);
  __builtin_unreachable();
}

void Scheduler::CountWhileUnwinding(Task& task) {
  if (++unwinding_points_ > kMostPoints) GiveUpUnwinding(task);
}

void Scheduler::PointWhileUnwinding(Task& task, OpKind kind) {
  if (draining_ && !IsMemoryAccess(kind)) StopAgain(task);
  CountWhileUnwinding(task);
}

// Children are unwound before their parents.
WakeReason Scheduler::JoinWhileUnwinding(Task& task) {
  if (draining_) StopAgain(task);
  CountWhileUnwinding(task);
  return WakeReason::kReady;
}

void Scheduler::WaitWhileUnwinding(Task& task) {
  if (draining_) StopAgain(task);
  // A destructor on the way wants to wait, or a function that has caught everything has gone on.
  // One that does so again and again (`for (;;) try { queue.get(); } catch (...) {}`) never ends.
  if (std::uncaught_exceptions() > 0 || ++unwinding_waits_ > kMostWaits) GiveUpUnwinding(task);
  throw TaskUnwound();
}

void Scheduler::OnTerminate() {
  Task* task = CurrentTask();
  if (task != nullptr && task->scheduler().unwinding_) task->scheduler().GiveUpUnwinding(*task);
  handler_before();
  std::abort();
}

}  // namespace selvage::runtime
