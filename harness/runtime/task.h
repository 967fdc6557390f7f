// One logical thread of a schedule.
#ifndef SELVAGE_HARNESS_RUNTIME_TASK_H_
#define SELVAGE_HARNESS_RUNTIME_TASK_H_

#include <pthread.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/runtime/deadlines.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/spinning.h"
#include "selvage/harness/runtime/waiters.h"
#include "selvage/harness/source_location.h"

namespace selvage::runtime {

class Body;
class Scheduler;

// A point of virtual time, in nanoseconds since the schedule began.
using VirtualTime = std::int64_t;
inline constexpr VirtualTime kNever = INT64_MAX;

// Told of tasks, one by one. On any task's thread, or the driver's: must not allocate.
class BlockerVisitor {
 public:
  virtual void Visit(TaskId task) = 0;

 protected:
  ~BlockerVisitor() = default;
};

// When a pending operation can take effect. `ready` is asked by the scheduler, on any task's
// thread, whenever `object of the operation` or `also` changes; null: always.
//
// `blockers` tells which tasks must each do something before the operation can take effect,
// whatever anybody else does: those that hold what it asks for. Nobody: any task might be the one
// that ends the wait. Null: the holders of the object for kLock and kWake, nobody for others.
struct Readiness {
  bool (*ready)(const void* context) = nullptr;
  const void* context = nullptr;
  ObjectId also = kNoObject;
  void (*blockers)(const void* context, BlockerVisitor& visitor) = nullptr;
};

// Something to be done by a task when its function has returned; in a list of the task's. Made and
// freed by whoever wants it done.
struct ExitAction {
  void (*run)(ExitAction& self);
  ExitAction* next = nullptr;
};

// Thrown through the functions of a task that will never run again, so that their destructors run.
// Whoever catches everything lets it pass.
struct TaskUnwound {};

// Strategies read tasks; only the scheduler writes them.
class Task {
 public:
  TaskId id() const { return pending_.task; }
  Scheduler& scheduler() const { return *scheduler_; }
  const Task* parent() const { return parent_; }
  // How many tasks its parent had spawned before it.
  std::uint32_t child_ordinal() const { return child_ordinal_; }
  // "0.2.1": the second child of the third child of the body under test. Stable from schedule to
  // schedule, as ids are not.
  std::string SpawnPath() const;
  // "task 'worker'", "task 0.1" or "the main task".
  std::string Description() const;
  // Given name, or empty.
  const char* name() const { return name_; }
  SourceLocation made_at() const { return made_at_; }
  // Return address of the call that spawned it; 0 for the main task.
  std::uintptr_t spawn_site() const { return spawn_site_; }
  // The object that stands for the task's end, which a join waits for.
  ObjectId object() const { return object_; }

  // What it does next.
  const Op& pending() const { return pending_; }
  // How many operations it has announced; a change means that pending() is a new one.
  std::uint64_t announced() const { return announced_; }
  // Bytes of the memory that pending() is an access to; 0: not known, or no such operation.
  std::uint32_t pending_size() const { return pending_size_; }
  // Whether it waits for a time as well.
  bool timed() const { return deadline_ != kNever; }
  // Whether picking it now lets its timed wait expire instead of taking effect.
  bool expiring() const { return expiring_; }
  bool finished() const { return finished_; }
  // Whether nobody waits for its end.
  bool daemon() const { return daemon_; }
  // While it waits for a notification: the condition; else kNoObject.
  ObjectId waits_also_for() const { return readiness_.also; }

  // Whether it goes in circles, and since when.
  const Spin& spin() const { return spin_; }

  // Where pending() was asked for, innermost return address first; only with captured stacks.
  const std::vector<std::uintptr_t>& pending_stack() const { return pending_stack_; }
  // The locks it holds, in order of acquisition, once each.
  const AppendBuffer<ObjectId>& held() const { return held_; }

  // The thread that lends it its stack, which pthread_self() says it is.
  pthread_t thread() const;
  // The kernel's number of the thread that lends it its stack.
  std::uint64_t body_thread() const { return body_thread_; }
  // Where its stack begins, growing downwards from there.
  std::uintptr_t stack_top() const { return stack_top_; }
  bool OnStack(std::uintptr_t address) const { return stack_top_ - address < stack_size_; }

 private:
  friend class OpaqueCall;
  friend class Scheduler;
  friend struct TaskEntryPoint;

  Scheduler* scheduler_ = nullptr;
  const Task* parent_ = nullptr;
  std::uint32_t child_ordinal_ = 0;
  std::uint32_t children_ = 0;
  const char* name_ = "";
  SourceLocation made_at_;
  std::uintptr_t spawn_site_ = 0;
  ObjectId object_ = kNoObject;

  Op pending_;
  std::uint32_t pending_size_ = 0;
  std::uint64_t announced_ = 0;
  Readiness readiness_;
  VirtualTime deadline_ = kNever;
  Deadlines::Place deadline_place_ = Deadlines::kNowhere;
  WaitPlace waits_for_object_;  // of the pending operation
  WaitPlace waits_also_;
  bool expiring_ = false;
  bool timed_out_ = false;
  bool finished_ = false;
  bool daemon_ = false;
  bool unwound_ = false;
  std::uint64_t walk_ = 0;    // through those who wait that met it last
  Task* next_met_ = nullptr;  // in that walk
  // When it looked at the time last, as announced_ and as Scheduler::time_moves_ were then, and how
  // often without an operation between.
  std::uint64_t looked_at_ = 0;
  std::uint64_t looked_in_ = 0;
  std::uint32_t looks_in_a_row_ = 0;
  // By how much, and from where, its look has moved the time last.
  VirtualTime tick_ = 0;
  std::uintptr_t tick_site_ = 0;
  AppendBuffer<ObjectId> held_;
  std::vector<std::uintptr_t> pending_stack_;
  std::vector<report::StackFrame> pending_frames_;  // the same
  Spin spin_;

  Body* body_ = nullptr;  // gone once the schedule is over, if the task was abandoned
  std::uint64_t body_thread_ = 0;
  std::uintptr_t stack_top_ = 0;
  std::size_t stack_size_ = 0;  // bytes
  void* context_ = nullptr;     // Boost fcontext_t while it does not run; null: it never will again
  void* way_out_ = nullptr;     // jmp_buf in the first frame of a daemon
  void (*run_)(void*) = nullptr;
  void (*discard_)(void*) = nullptr;
  ExitAction* exit_actions_ = nullptr;  // the last one that was added first
  int opaque_calls_ = 0;
  void* argument_ = nullptr;
};

// While one lives, the task is in a function whose callers were compiled for its throwing nothing,
// as the C library's are: if it is stopped there it is not unwound but left where it is.
class OpaqueCall {
 public:
  explicit OpaqueCall(Task& task) : task_(task) { ++task_.opaque_calls_; }
  ~OpaqueCall() { --task_.opaque_calls_; }
  OpaqueCall(const OpaqueCall&) = delete;
  OpaqueCall& operator=(const OpaqueCall&) = delete;

 private:
  Task& task_;
};

// Initial-exec, constant-initialised: one load, and valid on a body before and after any switch,
// because each body has its own.
extern constinit thread_local Task* current_task __attribute__((tls_model("initial-exec")));

// The task that the calling thread is, or null in an ordinary thread.
inline Task* CurrentTask() { return current_task; }

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_TASK_H_
