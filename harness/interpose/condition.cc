// pthread condition variables.

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
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

int WaitUntil(runtime::Task& task, pthread_cond_t* condition, pthread_mutex_t* mutex,
              clockid_t clock, const timespec& until, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    return ErrorOf(
        world.At(condition, caller).Wait(task, world.At(mutex, caller), timeout, caller));
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
using selvage::interpose::Opaque;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_cond_init(pthread_cond_t* condition, const pthread_condattr_t* attributes) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    Opaque(*task, 0, [&](World& world) {
      world.Forget(condition);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_init)(condition, attributes);
}

int pthread_cond_destroy(pthread_cond_t* condition) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    Opaque(*task, 0, [&](World& world) {
      if (auto* model = world.Forget(condition)) model->Destroy(*task, caller);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_destroy)(condition);
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(
          world.At(condition, caller).Wait(*task, world.At(mutex, caller), std::nullopt, caller));
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_wait)(condition, mutex);
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return selvage::interpose::WaitUntil(*task, condition, mutex,
                                         selvage::interpose::ClockOf(*condition), *until, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_timedwait)(condition, mutex, until);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return selvage::interpose::WaitUntil(*task, condition, mutex, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_cond_clockwait)(condition, mutex, clock, until);
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return Opaque(*task, 0, [&](World& world) {
      world.At(condition, caller).NotifyOne(*task, caller);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_signal)(condition);
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, condition)) {
    return Opaque(*task, 0, [&](World& world) {
      world.At(condition, caller).NotifyAll(*task, caller);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT_CONDITION(pthread_cond_broadcast)(condition);
}

}  // extern "C"
