// pthread read-write locks, which std::shared_mutex is made of.

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
__attribute__((weak)) int __interceptor_pthread_rwlock_destroy(pthread_rwlock_t*);
__attribute__((weak)) int __interceptor_pthread_rwlock_rdlock(pthread_rwlock_t*);
__attribute__((weak)) int __interceptor_pthread_rwlock_wrlock(pthread_rwlock_t*);
__attribute__((weak)) int __interceptor_pthread_rwlock_tryrdlock(pthread_rwlock_t*);
__attribute__((weak)) int __interceptor_pthread_rwlock_trywrlock(pthread_rwlock_t*);
__attribute__((weak)) int __interceptor_pthread_rwlock_timedrdlock(pthread_rwlock_t*,
                                                                   const timespec*);
__attribute__((weak)) int __interceptor_pthread_rwlock_timedwrlock(pthread_rwlock_t*,
                                                                   const timespec*);
__attribute__((weak)) int __interceptor_pthread_rwlock_clockrdlock(pthread_rwlock_t*, clockid_t,
                                                                   const timespec*);
__attribute__((weak)) int __interceptor_pthread_rwlock_clockwrlock(pthread_rwlock_t*, clockid_t,
                                                                   const timespec*);
__attribute__((weak)) int __interceptor_pthread_rwlock_unlock(pthread_rwlock_t*);
}

namespace selvage::interpose {

void LinkReadWriteLock() {}

namespace {

enum class Access { kRead, kWrite };

int Lock(runtime::Task& task, pthread_rwlock_t* lock, Access access, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    model::SharedMutex& model = world.At(lock, caller);
    return ErrorOf(access == Access::kRead ? model.LockShared(task, std::nullopt, caller)
                                           : model.Lock(task, std::nullopt, caller));
  });
}

int TryLock(runtime::Task& task, pthread_rwlock_t* lock, Access access, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    model::SharedMutex& model = world.At(lock, caller);
    return ErrorOf(access == Access::kRead ? model.TryLockShared(task, caller)
                                           : model.TryLock(task, caller));
  });
}

int LockUntil(runtime::Task& task, pthread_rwlock_t* lock, Access access, clockid_t clock,
              const timespec& until, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    model::SharedMutex& model = world.At(lock, caller);
    return ErrorOf(access == Access::kRead ? model.LockShared(task, timeout, caller)
                                           : model.Lock(task, timeout, caller));
  });
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::Access;
using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::Opaque;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.At(lock, caller).Destroy(*task, caller);
      World::Forget(lock);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_destroy)(lock);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::Lock(*task, lock, Access::kRead, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_rdlock)(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::Lock(*task, lock, Access::kWrite, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_wrlock)(lock);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::TryLock(*task, lock, Access::kRead, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_tryrdlock)(lock);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::TryLock(*task, lock, Access::kWrite, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_trywrlock)(lock);
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kRead, CLOCK_REALTIME, *until,
                                         caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_timedrdlock)(lock, until);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kWrite, CLOCK_REALTIME, *until,
                                         caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_timedwrlock)(lock, until);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kRead, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_clockrdlock)(lock, clock, until);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kWrite, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_clockwrlock)(lock, clock, until);
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return Opaque(*task, 0, [&](World& world) {
      world.At(lock, caller).Unlock(*task, caller);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_rwlock_unlock)(lock);
}

}  // extern "C"
