// pthread read-write locks, which std::shared_mutex is made of.

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"
#include "selvage/harness/interpose/virtual_time.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_rwlock_init(pthread_rwlock_t*,
                                                            const pthread_rwlockattr_t*);
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

constexpr Mode ModeOf(Access access) {
  return access == Access::kRead ? Mode::kShared : Mode::kExclusive;
}

// A reader that asks to write waits for itself; a writer that asks again is told so.
Relock RelockOf(const RecordedOperation& operation, Access access) {
  const bool reads = operation.IsHeld() && operation.HeldMode() == Mode::kShared;
  return reads && access == Access::kWrite ? Relock::kHangs : Relock::kReturns;
}

int LockWithin(runtime::Task& task, World& world, pthread_rwlock_t* lock, Access access,
               const model::Timeout& timeout, std::uintptr_t caller) {
  model::SharedMutex& model = world.At(lock, caller);
  const RecordedOperation operation = world.Recorded(model, lock, TypeOf(*lock), caller);
  return ErrorOf(LockRecorded(operation, ModeOf(access), timeout, [&] {
    return access == Access::kRead ? model.LockShared(task, timeout, caller)
                                   : model.Lock(task, timeout, caller);
  }));
}

int Lock(runtime::Task& task, pthread_rwlock_t* lock, Access access, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    return LockWithin(task, world, lock, access, std::nullopt, caller);
  });
}

int TryLock(runtime::Task& task, pthread_rwlock_t* lock, Access access, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    model::SharedMutex& model = world.At(lock, caller);
    const RecordedOperation operation = world.Recorded(model, lock, TypeOf(*lock), caller);
    return ErrorOf(TryRecorded(operation, ModeOf(access), [&] {
      return access == Access::kRead ? model.TryLockShared(task, caller)
                                     : model.TryLock(task, caller);
    }));
  });
}

int LockUntil(runtime::Task& task, pthread_rwlock_t* lock, Access access, clockid_t clock,
              const timespec& until, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    return LockWithin(task, world, lock, access, timeout, caller);
  });
}

int Unlock(runtime::Task& task, pthread_rwlock_t* lock, std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    model::SharedMutex& model = world.At(lock, caller);
    world.Recorded(model, lock, TypeOf(*lock), caller).Released();
    model.Unlock(task, caller);
    return 0;
  });
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::Access;
using selvage::interpose::AcquireRecorded;
using selvage::interpose::AcquireUntilRecorded;
using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::ModeOf;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedNatively;
using selvage::interpose::RelockOf;
using selvage::interpose::TryAcquireRecorded;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_rwlock_init(pthread_rwlock_t* lock, const pthread_rwlockattr_t* attributes) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  int error;
  {
    const CallerScope scope(caller);
    error = SELVAGE_NEXT(pthread_rwlock_init)(lock, attributes);
  }
  if (error != 0) return error;
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.NoteMade(lock, selvage::interpose::TypeOf(*lock));
      return 0;
    });
  } else {
    selvage::interpose::NoteMadeNatively(lock, caller);
  }
  return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    Opaque(*task, 0, [&](World& world) {
      world.At(lock, caller).Destroy(*task, caller);
      World::Forget(lock);
      world.NoteDestroyed(lock);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteDestroyedNatively(lock);
  return SELVAGE_NEXT(pthread_rwlock_destroy)(lock);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::Lock(*task, lock, Access::kRead, caller);
  }
  const CallerScope scope(caller);
  if (const auto operation = RecordedNatively(caller, lock)) [[unlikely]] {
    return AcquireRecorded(
        operation, ModeOf(Access::kRead), RelockOf(operation, Access::kRead),
        [&] { return SELVAGE_NEXT(pthread_rwlock_tryrdlock)(lock); },
        [&] { return SELVAGE_NEXT(pthread_rwlock_rdlock)(lock); });
  }
  return SELVAGE_NEXT(pthread_rwlock_rdlock)(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::Lock(*task, lock, Access::kWrite, caller);
  }
  const CallerScope scope(caller);
  if (const auto operation = RecordedNatively(caller, lock)) [[unlikely]] {
    return AcquireRecorded(
        operation, ModeOf(Access::kWrite), RelockOf(operation, Access::kWrite),
        [&] { return SELVAGE_NEXT(pthread_rwlock_trywrlock)(lock); },
        [&] { return SELVAGE_NEXT(pthread_rwlock_wrlock)(lock); });
  }
  return SELVAGE_NEXT(pthread_rwlock_wrlock)(lock);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::TryLock(*task, lock, Access::kRead, caller);
  }
  const CallerScope scope(caller);
  return TryAcquireRecorded(RecordedNatively(caller, lock), ModeOf(Access::kRead),
                            [&] { return SELVAGE_NEXT(pthread_rwlock_tryrdlock)(lock); });
}

int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::TryLock(*task, lock, Access::kWrite, caller);
  }
  const CallerScope scope(caller);
  return TryAcquireRecorded(RecordedNatively(caller, lock), ModeOf(Access::kWrite),
                            [&] { return SELVAGE_NEXT(pthread_rwlock_trywrlock)(lock); });
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kRead, CLOCK_REALTIME, *until,
                                         caller);
  }
  const CallerScope scope(caller);
  return AcquireUntilRecorded(RecordedNatively(caller, lock), ModeOf(Access::kRead), [&] {
    return SELVAGE_NEXT(pthread_rwlock_timedrdlock)(lock, until);
  });
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t* lock, const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kWrite, CLOCK_REALTIME, *until,
                                         caller);
  }
  const CallerScope scope(caller);
  return AcquireUntilRecorded(RecordedNatively(caller, lock), ModeOf(Access::kWrite), [&] {
    return SELVAGE_NEXT(pthread_rwlock_timedwrlock)(lock, until);
  });
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kRead, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return AcquireUntilRecorded(RecordedNatively(caller, lock), ModeOf(Access::kRead), [&] {
    return SELVAGE_NEXT(pthread_rwlock_clockrdlock)(lock, clock, until);
  });
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t* lock, clockid_t clock,
                               const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::LockUntil(*task, lock, Access::kWrite, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return AcquireUntilRecorded(RecordedNatively(caller, lock), ModeOf(Access::kWrite), [&] {
    return SELVAGE_NEXT(pthread_rwlock_clockwrlock)(lock, clock, until);
  });
}

int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, lock)) {
    return selvage::interpose::Unlock(*task, lock, caller);
  }
  const CallerScope scope(caller);
  RecordedNatively(caller, lock).Released();
  return SELVAGE_NEXT(pthread_rwlock_unlock)(lock);
}

}  // extern "C"
