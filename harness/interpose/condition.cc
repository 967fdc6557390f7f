// pthread condition variables.

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <atomic>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"
#include "selvage/harness/interpose/virtual_time.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_cond_init(pthread_cond_t*,
                                                          const pthread_condattr_t*);
__attribute__((weak)) int __interceptor_pthread_cond_destroy(pthread_cond_t*);
__attribute__((weak)) int __interceptor_pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*);
__attribute__((weak)) int __interceptor_pthread_cond_timedwait(pthread_cond_t*, pthread_mutex_t*,
                                                               const timespec*);
__attribute__((weak)) int __interceptor_pthread_cond_clockwait(pthread_cond_t*, pthread_mutex_t*,
                                                               clockid_t, const timespec*);
__attribute__((weak)) int __interceptor_pthread_cond_signal(pthread_cond_t*);
__attribute__((weak)) int __interceptor_pthread_cond_broadcast(pthread_cond_t*);
}

namespace selvage::interpose {

void LinkCondition() {}

namespace {

// Of the functions that came with condition variables as they are now; x86-64 has older ones of the
// same names.
constexpr const char* kVersion = "GLIBC_2.3.2";

// What pthread_condattr_setclock() left in the object: the second bit of a word that also counts
// those who wake.
clockid_t ClockOf(const pthread_cond_t& condition) {
  return (condition.__data.__wrefs & 2u) != 0 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

model::Result Wait(runtime::Task& task, World& world, pthread_cond_t* condition,
                   pthread_mutex_t* mutex, const model::Timeout& timeout, std::uintptr_t caller) {
  model::Condition& model = world.At(condition, caller);
  model::Mutex& its_mutex = world.At(mutex, caller);
  return WaitRecorded(world.Recorded(model, condition, kCondition, caller),
                      world.Recorded(its_mutex, mutex, TypeOf(*mutex), caller), timeout, caller,
                      [&] { return model.Wait(task, its_mutex, timeout, caller); });
}

// `notify(model)` tells how many it woke.
template <typename Notify>
void NotifyRecorded(World& world, pthread_cond_t* condition, std::uintptr_t caller, Notify notify) {
  model::Condition& model = world.At(condition, caller);
  const RecordedOperation operation = world.Recorded(model, condition, kCondition, caller);
  operation.Signal();
  if (notify(model) == 0) operation.SignalLost();
}

// Of an ordinary thread. The lowest bit tells the C library that several processes share it.
RecordedOperation RecordedCondition(pthread_cond_t* condition, std::uintptr_t caller) {
  if ((condition->__data.__wrefs & 1u) != 0) return {};
  return RecordedNatively(caller, condition, kCondition);
}

// A wait of an ordinary thread. Over, too, if the thread is cancelled in it.
class RecordedWait {
 public:
  RecordedWait(pthread_cond_t* condition, pthread_mutex_t* mutex, RequestKind kind,
               std::uintptr_t caller)
      : condition_(RecordedCondition(condition, caller)), kind_(kind), site_(caller) {
    if (!condition_) return;
    mutex_ = FindNative(mutex, caller);
    if (!mutex_) return;
    held_ = condition_.context()->OnWait(condition_.object(), mutex_.object(), kind, caller);
    if (kind == RequestKind::kBlocking) condition_.Contended(Mode::kExclusive);
  }
  ~RecordedWait() {
    if (!mutex_) return;
    lockgraph::ThreadContext& context = *condition_.context();
    if (kind_ == RequestKind::kBlocking) condition_.ContentionOver();
    context.OnWaitOver(condition_.object(), reason_);
    context.OnReacquired(mutex_.object(), held_, site_);
  }
  RecordedWait(const RecordedWait&) = delete;
  RecordedWait& operator=(const RecordedWait&) = delete;

  // What the wait has returned.
  int Over(int error) {
    if (error == 0) reason_ = Reason::kSignalled;
    return error;
  }

 private:
  using Reason = lockgraph::ThreadContext::WakeReason;

  const RecordedOperation condition_;
  RecordedOperation mutex_;  // false: the wait is not recorded
  const RequestKind kind_;
  const std::uintptr_t site_;
  std::uint32_t held_ = 0;
  Reason reason_ = Reason::kTimeout;
};

// An ordinary thread is about to signal.
void NoteSignal(pthread_cond_t* condition, std::uintptr_t caller) {
  const RecordedOperation operation = RecordedCondition(condition, caller);
  if (!operation) return;
  operation.Signal();
  // How many wait, or are about to return from a wait, above three bits of other things.
  const unsigned waiters = std::atomic_ref(condition->__data.__wrefs).load() >> 3;
  if (waiters == 0) operation.SignalLost();
}

int WaitUntil(runtime::Task& task, pthread_cond_t* condition, pthread_mutex_t* mutex,
              clockid_t clock, const timespec& until, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    return ErrorOf(Wait(task, world, condition, mutex, timeout, caller));
  });
}

}  // namespace
}  // namespace selvage::interpose

#define SELVAGE_NEXT_CONDITION(function) \
  SELVAGE_NEXT_VERSION(function, selvage::interpose::kVersion)

extern "C" {

using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::ErrorOf;
using selvage::interpose::kCondition;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedWait;
using selvage::interpose::RequestKind;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    Opaque(*task, 0, [&](World& world) {
      world.Forget(condition);
      world.NoteMade(condition, kCondition);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteMadeNatively(condition, kCondition, caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_init)(condition, attributes);
}

int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    Opaque(*task, 0, [&](World& world) {
      if (auto* model = world.Forget(condition)) model->Destroy(*task, caller);
      world.NoteDestroyed(condition);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteDestroyedNatively(condition);
  return SELVAGE_NEXT_CONDITION(pthread_cond_destroy)(condition);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(
          selvage::interpose::Wait(*task, world, condition, mutex, std::nullopt, caller));
    });
  }
  const CallerScope scope(caller);
  RecordedWait wait(condition, mutex, RequestKind::kBlocking, caller);
  return wait.Over(SELVAGE_NEXT_CONDITION(pthread_cond_wait)(condition, mutex));
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return selvage::interpose::WaitUntil(*task, condition, mutex,
                                         selvage::interpose::ClockOf(*condition), *until, caller);
  }
  const CallerScope scope(caller);
  RecordedWait wait(condition, mutex, RequestKind::kTimed, caller);
  return wait.Over(SELVAGE_NEXT_CONDITION(pthread_cond_timedwait)(condition, mutex, until));
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return selvage::interpose::WaitUntil(*task, condition, mutex, clock, *until, caller);
  }
  const CallerScope scope(caller);
  RecordedWait wait(condition, mutex, RequestKind::kTimed, caller);
  return wait.Over(SELVAGE_NEXT(pthread_cond_clockwait)(condition, mutex, clock, until));
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return Opaque(*task, 0, [&](World& world) {
      selvage::interpose::NotifyRecorded(
          world, condition, caller, [&](auto& model) { return model.NotifyOne(*task, caller); });
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteSignal(condition, caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_signal)(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return Opaque(*task, 0, [&](World& world) {
      selvage::interpose::NotifyRecorded(
          world, condition, caller, [&](auto& model) { return model.NotifyAll(*task, caller); });
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteSignal(condition, caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_broadcast)(condition);
}

}  // extern "C"
