// pthread spin locks and barriers.

#include <errno.h>
#include <pthread.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_spin_init(pthread_spinlock_t*, int);
__attribute__((weak)) int __interceptor_pthread_spin_destroy(pthread_spinlock_t*);
__attribute__((weak)) int __interceptor_pthread_spin_lock(pthread_spinlock_t*);
__attribute__((weak)) int __interceptor_pthread_spin_trylock(pthread_spinlock_t*);
__attribute__((weak)) int __interceptor_pthread_spin_unlock(pthread_spinlock_t*);
__attribute__((weak)) int __interceptor_pthread_barrier_init(pthread_barrier_t*,
                                                             const pthread_barrierattr_t*,
                                                             unsigned);
__attribute__((weak)) int __interceptor_pthread_barrier_destroy(pthread_barrier_t*);
__attribute__((weak)) int __interceptor_pthread_barrier_wait(pthread_barrier_t*);
}

namespace selvage::interpose {

void LinkSpinLockAndBarrier() {}

}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::ErrorOf;
using selvage::interpose::Opaque;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.ForgetSpinLock(lock);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_spin_init)(lock, shared);
}

int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.SpinLockAt(lock, caller).Destroy(*task, caller);
      world.ForgetSpinLock(lock);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_spin_destroy)(lock);
}

int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(world.SpinLockAt(lock, caller).Lock(*task, std::nullopt, caller));
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_spin_lock)(lock);
}

int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(world.SpinLockAt(lock, caller).TryLock(*task, caller));
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_spin_trylock)(lock);
}

int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(world.SpinLockAt(lock, caller).Unlock(*task, caller));
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_spin_unlock)(lock);
}

int pthread_barrier_init(pthread_barrier_t* barrier, const pthread_barrierattr_t* attributes,
                         unsigned count) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, barrier)) {
    Opaque(*task, 0, [&](World& world) {
      world.Forget(barrier);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_barrier_init)(barrier, attributes, count);
}

int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, barrier)) {
    Opaque(*task, 0, [&](World& world) {
      if (auto* model = world.Forget(barrier)) model->Destroy(*task, caller);
      return 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_barrier_destroy)(barrier);
}

int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, barrier)) {
    return Opaque(*task, 0, [&](World& world) {
      const auto role = world.At(barrier, caller).Arrive(*task, caller);
      return role == selvage::model::Barrier::Role::kLast ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
    });
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_barrier_wait)(barrier);
}

}  // extern "C"
