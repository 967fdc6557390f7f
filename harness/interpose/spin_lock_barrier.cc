// pthread spin locks and barriers.

#include <errno.h>
#include <pthread.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"

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

namespace {

// Of an ordinary thread. The fourth of its words tells the C library that several processes share
// it.
RecordedOperation RecordedBarrier(pthread_barrier_t* barrier, std::uintptr_t caller) {
  if (reinterpret_cast<const int*>(barrier)[3] != 0) return {};
  return RecordedNatively(caller, barrier, kBarrier);
}

// `operate(model, operation)`, of a spin lock in the world of the task's schedule.
template <typename Operate>
int OnSpinLock(runtime::Task& task, pthread_spinlock_t* lock, std::uintptr_t caller,
               Operate operate) {
  return Opaque(task, 0, [&](World& world) {
    model::Mutex& model = world.SpinLockAt(lock, caller);
    return ErrorOf(operate(model, world.Recorded(model, lock, kSpinLock, caller)));
  });
}

}  // namespace

}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::kBarrier;
using selvage::interpose::kSpinLock;
using selvage::interpose::LockRecorded;
using selvage::interpose::Mode;
using selvage::interpose::OnSpinLock;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedNatively;
using selvage::interpose::RecordedOperation;
using selvage::interpose::TryRecorded;
using selvage::interpose::World;
using selvage::model::Mutex;
using selvage::runtime::Task;

int pthread_spin_init(pthread_spinlock_t* lock, int shared) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.ForgetSpinLock(lock);
      world.NoteMade(lock, kSpinLock);
      return 0;
    });
  }
  const CallerScope scope(caller);
  const int error = SELVAGE_NEXT(pthread_spin_init)(lock, shared);
  selvage::interpose::NoteMadeNatively(lock, kSpinLock, caller);
  return error;
}

int pthread_spin_destroy(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.SpinLockAt(lock, caller).Destroy(*task, caller);
      world.ForgetSpinLock(lock);
      world.NoteDestroyed(lock);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteDestroyedNatively(lock);
  return SELVAGE_NEXT(pthread_spin_destroy)(lock);
}

int pthread_spin_lock(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return OnSpinLock(*task, lock, caller, [&](Mutex& model, const RecordedOperation& operation) {
      return LockRecorded(operation, Mode::kExclusive, std::nullopt,
                          [&] { return model.Lock(*task, std::nullopt, caller); });
    });
  }
  const CallerScope scope(caller);
  if (const auto operation = RecordedNatively(caller, lock, kSpinLock)) [[unlikely]] {
    return selvage::interpose::AcquireRecorded(
        operation, Mode::kExclusive, selvage::interpose::Relock::kHangs,
        [&] { return SELVAGE_NEXT(pthread_spin_trylock)(lock); },
        [&] { return SELVAGE_NEXT(pthread_spin_lock)(lock); });
  }
  return SELVAGE_NEXT(pthread_spin_lock)(lock);
}

int pthread_spin_trylock(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return OnSpinLock(*task, lock, caller, [&](Mutex& model, const RecordedOperation& operation) {
      return TryRecorded(operation, Mode::kExclusive, [&] { return model.TryLock(*task, caller); });
    });
  }
  const CallerScope scope(caller);
  return selvage::interpose::TryAcquireRecorded(
      RecordedNatively(caller, lock, kSpinLock), Mode::kExclusive,
      [&] { return SELVAGE_NEXT(pthread_spin_trylock)(lock); });
}

int pthread_spin_unlock(pthread_spinlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return OnSpinLock(*task, lock, caller, [&](Mutex& model, const RecordedOperation& operation) {
      if (model.IsHeldBy(*task)) operation.Released();
      return model.Unlock(*task, caller);
    });
  }
  const CallerScope scope(caller);
  RecordedNatively(caller, lock, kSpinLock).Released();
  return SELVAGE_NEXT(pthread_spin_unlock)(lock);
}

int pthread_barrier_init(pthread_barrier_t* barrier, const pthread_barrierattr_t* attributes,
                         unsigned count) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, barrier)) {
    Opaque(*task, 0, [&](World& world) {
      world.Forget(barrier);
      world.NoteMade(barrier, kBarrier);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteMadeNatively(barrier, kBarrier, caller);
  return SELVAGE_NEXT(pthread_barrier_init)(barrier, attributes, count);
}

int pthread_barrier_destroy(pthread_barrier_t* barrier) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, barrier)) {
    Opaque(*task, 0, [&](World& world) {
      if (auto* model = world.Forget(barrier)) model->Destroy(*task, caller);
      world.NoteDestroyed(barrier);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteDestroyedNatively(barrier);
  return SELVAGE_NEXT(pthread_barrier_destroy)(barrier);
}

int pthread_barrier_wait(pthread_barrier_t* barrier) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, barrier)) {
    return Opaque(*task, 0, [&](World& world) {
      selvage::model::Barrier& model = world.At(barrier, caller);
      const RecordedOperation operation = world.Recorded(model, barrier, kBarrier, caller);
      operation.Await();
      operation.Signal();
      const auto role = model.Arrive(*task, caller);
      operation.SignalReceived();
      return role == selvage::model::Barrier::Role::kLast ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
    });
  }
  const CallerScope scope(caller);
  const auto operation = selvage::interpose::RecordedBarrier(barrier, caller);
  operation.Await();
  operation.Signal();
  int role;
  {
    const selvage::interpose::Contention contention(operation, Mode::kExclusive);
    role = SELVAGE_NEXT(pthread_barrier_wait)(barrier);
  }
  operation.SignalReceived();
  return role;
}

}  // extern "C"
