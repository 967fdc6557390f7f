// pthread threads, which std::thread is made of.

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"
#include "selvage/harness/interpose/native_threads.h"
#include "selvage/harness/interpose/virtual_time.h"
#include "selvage/harness/tsan/annotations.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_create(pthread_t*, const pthread_attr_t*,
                                                       void* (*)(void*), void*);
__attribute__((weak)) int __interceptor_pthread_join(pthread_t, void**);
__attribute__((weak)) int __interceptor_pthread_tryjoin_np(pthread_t, void**);
__attribute__((weak)) int __interceptor_pthread_timedjoin_np(pthread_t, void**, const timespec*);
__attribute__((weak)) int __interceptor_pthread_clockjoin_np(pthread_t, void**, clockid_t,
                                                             const timespec*);
__attribute__((weak)) int __interceptor_pthread_detach(pthread_t);
__attribute__((weak)) void __interceptor_pthread_exit(void*);
__attribute__((weak)) int __interceptor_pthread_cancel(pthread_t);
__attribute__((weak)) int __interceptor_pthread_setname_np(pthread_t, const char*);
__attribute__((weak)) pid_t __interceptor_gettid();
}

namespace selvage::interpose {

void LinkThread() {}

namespace {

using model::Threads;
using runtime::Task;

int JoinErrorOf(Threads::JoinResult result) {
  switch (result) {
    case Threads::JoinResult::kOk:
      return 0;
    case Threads::JoinResult::kTimedOut:
      return ETIMEDOUT;
    case Threads::JoinResult::kBusy:
      return EBUSY;
    case Threads::JoinResult::kUnknown:
      return ESRCH;
    case Threads::JoinResult::kDetached:
      return EINVAL;
    case Threads::JoinResult::kSelf:
      return EDEADLK;
  }
  return EINVAL;
}

// The task whose operation on the thread `handle` this is; null: it is none, as of a thread that an
// ordinary one has started.
Task* ControlledThread(std::uintptr_t caller, pthread_t handle) {
  Task* task = Controlled(caller, nullptr);
  if (task == nullptr || task->scheduler().unwinding()) return task;
  return handle == task->thread() || World::Of(*task).threads().Knows(handle) ? task : nullptr;
}

bool IsDetached(const pthread_attr_t* attributes) {
  int state = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &state);
  return state == PTHREAD_CREATE_DETACHED;
}

int Create(Task& task, pthread_t* handle, const pthread_attr_t* attributes,
           void* (*function)(void*), void* argument, std::uintptr_t caller) {
  return Opaque(task, EAGAIN, [&](World& world) {
    *handle = world.threads().Start(
        task, function, argument,
        IsDetached(attributes) ? Threads::Release::kByItself : Threads::Release::kByJoin, caller);
    return 0;
  });
}

// A wait that throws through its callers when the task is unwound, as they are compiled for.
int Join(Task& task, pthread_t handle, void** result, std::uintptr_t caller) {
  if (IsUnwinding(task)) return 0;
  return JoinErrorOf(World::Of(task).threads().Join(task, handle, std::nullopt, result, caller));
}

int JoinUntil(Task& task, pthread_t handle, void** result, clockid_t clock, const timespec* until,
              std::uintptr_t caller) {
  if (IsUnwinding(task)) return 0;
  const model::Timeout timeout = until == nullptr ? std::optional(std::chrono::nanoseconds(0))
                                                  : TimeUntil(task, clock, *until);
  if (!timeout) return EINVAL;
  return JoinErrorOf(World::Of(task).threads().Join(task, handle, timeout, result, caller));
}

// By an ordinary thread, that of `context`.
int CreateRecorded(lockgraph::ThreadContext& context, pthread_t* handle,
                   const pthread_attr_t* attributes, void* (*function)(void*), void* argument,
                   std::uintptr_t caller) {
  RecordedStart* start;
  {
    const tsan::IgnoreScope unseen;
    start = new RecordedStart(context, function, argument, !IsDetached(attributes), caller);
  }
  const int error = SELVAGE_NEXT(pthread_create)(handle, attributes, &RecordedStart::Run, start);
  if (error == 0) {
    RecordedStart::Started(start, *handle);
  } else {
    const tsan::IgnoreScope unseen;
    delete start;
  }
  return error;
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::AnyIsRecorded;
using selvage::interpose::CallerScope;
using selvage::interpose::ContextOfOrdinary;
using selvage::interpose::Controlled;
using selvage::interpose::ControlledThread;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedJoin;
using selvage::interpose::RequestKind;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_create(pthread_t* handle, const pthread_attr_t* attributes, void* (*function)(void*),
                   void* argument) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr)) {
    return selvage::interpose::Create(*task, handle, attributes, function, argument, caller);
  }
  const CallerScope scope(caller);
  if (AnyIsRecorded()) [[unlikely]] {
    if (auto* context = ContextOfOrdinary(caller)) {
      return selvage::interpose::CreateRecorded(*context, handle, attributes, function, argument,
                                                caller);
    }
  }
  return SELVAGE_NEXT(pthread_create)(handle, attributes, function, argument);
}

int pthread_join(pthread_t handle, void** result) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return selvage::interpose::Join(*task, handle, result, caller);
  }
  const CallerScope scope(caller);
  RecordedJoin join(handle, RequestKind::kBlocking, caller);
  join.Wait();
  const int error = SELVAGE_NEXT(pthread_join)(handle, result);
  join.WaitOver();
  if (error == 0) join.Joined();
  return error;
}

int pthread_tryjoin_np(pthread_t handle, void** result) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return Opaque(*task, 0, [&](World& world) {
      return selvage::interpose::JoinErrorOf(
          world.threads().TryJoin(*task, handle, result, caller));
    });
  }
  const CallerScope scope(caller);
  const RecordedJoin join(handle, RequestKind::kTimed, caller);
  const int error = SELVAGE_NEXT(pthread_tryjoin_np)(handle, result);
  if (error == 0) join.Joined();
  return error;
}

int pthread_timedjoin_np(pthread_t handle, void** result, const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return selvage::interpose::JoinUntil(*task, handle, result, CLOCK_REALTIME, until, caller);
  }
  const CallerScope scope(caller);
  const RecordedJoin join(handle, RequestKind::kTimed, caller);
  const int error = SELVAGE_NEXT(pthread_timedjoin_np)(handle, result, until);
  if (error == 0) join.Joined();
  return error;
}

int pthread_clockjoin_np(pthread_t handle, void** result, clockid_t clock, const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return selvage::interpose::JoinUntil(*task, handle, result, clock, until, caller);
  }
  const CallerScope scope(caller);
  const RecordedJoin join(handle, RequestKind::kTimed, caller);
  const int error = SELVAGE_NEXT(pthread_clockjoin_np)(handle, result, clock, until);
  if (error == 0) join.Joined();
  return error;
}

int pthread_detach(pthread_t handle) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return Opaque(*task, 0, [&](World& world) {
      return selvage::interpose::JoinErrorOf(world.threads().Detach(*task, handle, caller));
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::ForgetThread(handle);
  return SELVAGE_NEXT(pthread_detach)(handle);
}

void pthread_exit(void* result) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr);
      task != nullptr && World::Of(*task).threads().Knows(task->thread())) {
    World::Of(*task).threads().Exit(*task, result);
  }
  SELVAGE_NEXT(pthread_exit)(result);
  __builtin_unreachable();
}

// A task is on a thread that is not its own: cancelling that would end other tasks, or none.
int pthread_cancel(pthread_t handle) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return Opaque(*task, 0, [&](World&) {
      selvage::runtime::Scheduler& scheduler = task->scheduler();
      scheduler.Report(*task, selvage::FindingKind::kUncontrolled,
                       "pthread_cancel: a task cannot be cancelled", caller);
      scheduler.Stop(*task);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_cancel)(handle);
}

int pthread_setname_np(pthread_t handle, const char* name) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = ControlledThread(caller, handle)) {
    return Opaque(*task, 0, [&](World& world) {
      world.threads().SetName(*task, handle, name);
      return 0;
    });
  }
  return SELVAGE_NEXT(pthread_setname_np)(handle, name);
}

// Of the thread that lends the task its stack: another for each task.
pid_t gettid() noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (const Task* task = Controlled(caller, nullptr, selvage::interpose::Influence::kNone)) {
    return static_cast<pid_t>(task->body_thread());
  }
  return SELVAGE_NEXT(gettid)();
}

}  // extern "C"
