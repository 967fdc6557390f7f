// POSIX semaphores.

#include <errno.h>
#include <semaphore.h>
#include <time.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/virtual_time.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_sem_init(sem_t*, int, unsigned);
__attribute__((weak)) int __interceptor_sem_destroy(sem_t*);
__attribute__((weak)) int __interceptor_sem_wait(sem_t*);
__attribute__((weak)) int __interceptor_sem_trywait(sem_t*);
__attribute__((weak)) int __interceptor_sem_timedwait(sem_t*, const timespec*);
__attribute__((weak)) int __interceptor_sem_clockwait(sem_t*, clockid_t, const timespec*);
__attribute__((weak)) int __interceptor_sem_post(sem_t*);
__attribute__((weak)) int __interceptor_sem_getvalue(sem_t*, int*);
}

namespace selvage::interpose {

void LinkSemaphore() {}

namespace {

// As the functions of semaphore.h say it.
int Said(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

int WaitUntil(runtime::Task& task, sem_t* semaphore, clockid_t clock, const timespec& until,
              std::uintptr_t caller) {
  return Said(Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    return ErrorOf(world.At(semaphore, caller).Acquire(task, timeout, caller));
  }));
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::ErrorOf;
using selvage::interpose::Opaque;
using selvage::interpose::Said;
using selvage::interpose::World;
using selvage::model::Result;
using selvage::runtime::Task;

int sem_init(sem_t* semaphore, int shared, unsigned permits) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Controlled(caller, semaphore) != nullptr) World::Forget(semaphore);
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_init)(semaphore, shared, permits);
}

int sem_destroy(sem_t* semaphore) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Controlled(caller, semaphore) != nullptr) World::Forget(semaphore);
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_destroy)(semaphore);
}

int sem_wait(sem_t* semaphore) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Said(Opaque(*task, 0, [&](World& world) {
      return ErrorOf(world.At(semaphore, caller).Acquire(*task, std::nullopt, caller));
    }));
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_wait)(semaphore);
}

int sem_trywait(sem_t* semaphore) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Said(Opaque(*task, 0, [&](World& world) {
      const Result result = world.At(semaphore, caller).TryAcquire(*task, caller);
      return result == Result::kBusy ? EAGAIN : ErrorOf(result);
    }));
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_trywait)(semaphore);
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return selvage::interpose::WaitUntil(*task, semaphore, CLOCK_REALTIME, *until, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_timedwait)(semaphore, until);
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return selvage::interpose::WaitUntil(*task, semaphore, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_clockwait)(semaphore, clock, until);
}

int sem_post(sem_t* semaphore) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Said(Opaque(*task, 0, [&](World& world) {
      const Result result = world.At(semaphore, caller).Release(*task, caller);
      return result == Result::kTooMany ? EOVERFLOW : ErrorOf(result);
    }));
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_post)(semaphore);
}

int sem_getvalue(sem_t* semaphore, int* permits) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Opaque(*task, 0, [&](World& world) {
      *permits = static_cast<int>(world.At(semaphore, caller).Query(*task, caller));
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(sem_getvalue)(semaphore, permits);
}

}  // extern "C"
