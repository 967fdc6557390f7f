// pthread mutexes. An operation of a task is one of the model; all others are native ones, and it
// is counted how many native mutexes the calling thread holds: while a task holds one, its memory
// accesses and other operations are no scheduling points.
//
// A library that tasks call may hold a mutex of its own while it runs instrumented code, as
// GoogleTest does when it takes a failed assertion in. A switch there would let the next task wait
// for that mutex natively, where no scheduler can see it, or leave the mutex locked for ever when
// the task is given up in a deadlock.

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"
#include "selvage/harness/interpose/virtual_time.h"
#include "selvage/harness/runtime/memory_access.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_mutex_init(pthread_mutex_t* mutex,
                                                           const pthread_mutexattr_t* attributes);
__attribute__((weak)) int __interceptor_pthread_mutex_lock(pthread_mutex_t* mutex);
__attribute__((weak)) int __interceptor_pthread_mutex_trylock(pthread_mutex_t* mutex);
__attribute__((weak)) int __interceptor_pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                                                const timespec* until);
__attribute__((weak)) int __interceptor_pthread_mutex_clocklock(pthread_mutex_t* mutex,
                                                                clockid_t clock,
                                                                const timespec* until);
__attribute__((weak)) int __interceptor_pthread_mutex_unlock(pthread_mutex_t* mutex);
__attribute__((weak)) int __interceptor_pthread_mutex_destroy(pthread_mutex_t* mutex);
}

namespace selvage::interpose {

void LinkMutex() {}

namespace {

// The time at which the real-time clock will show what `clock` shows at `until`, if nobody sets it.
timespec OnRealTimeClock(clockid_t clock, const timespec& until) {
  constexpr long kNanoseconds = 1'000'000'000;
  timespec now;
  timespec real;
  clock_gettime(clock, &now);
  clock_gettime(CLOCK_REALTIME, &real);
  real.tv_sec += until.tv_sec - now.tv_sec;
  real.tv_nsec += until.tv_nsec - now.tv_nsec;
  if (real.tv_nsec < 0) {
    real.tv_nsec += kNanoseconds;
    --real.tv_sec;
  } else if (real.tv_nsec >= kNanoseconds) {
    real.tv_nsec -= kNanoseconds;
    ++real.tv_sec;
  }
  return real;
}

// What becomes of a thread that asks for one that it has.
Relock RelockOf(const pthread_mutex_t& mutex) {
  return TypeOf(mutex).properties.recursive ? Relock::kReturns : Relock::kHangs;
}

int CountedIfLocked(int error) {
  // A robust mutex whose owner died (EOWNERDEAD) is locked too.
  if (error == 0 || error == EOWNERDEAD) ++runtime::native_mutexes_held;
  return error;
}

model::Result Lock(runtime::Task& task, World& world, pthread_mutex_t* mutex,
                   const model::Timeout& timeout, std::uintptr_t caller) {
  model::Mutex& model = world.At(mutex, caller);
  return LockRecorded(world.Recorded(model, mutex, TypeOf(*mutex), caller), Mode::kExclusive,
                      timeout, [&] { return model.Lock(task, timeout, caller); });
}

model::Result TryLock(runtime::Task& task, World& world, pthread_mutex_t* mutex,
                      std::uintptr_t caller) {
  model::Mutex& model = world.At(mutex, caller);
  return TryRecorded(world.Recorded(model, mutex, TypeOf(*mutex), caller), Mode::kExclusive,
                     [&] { return model.TryLock(task, caller); });
}

int LockUntil(runtime::Task& task, pthread_mutex_t* mutex, clockid_t clock, const timespec& until,
              std::uintptr_t caller) {
  return Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    return ErrorOf(Lock(task, world, mutex, timeout, caller));
  });
}

int Unlock(runtime::Task& task, World& world, pthread_mutex_t* mutex, std::uintptr_t caller) {
  model::Mutex& model = world.At(mutex, caller);
  const RecordedOperation operation = world.Recorded(model, mutex, TypeOf(*mutex), caller);
  if (model.IsHeldBy(task)) operation.Released();
  return ErrorOf(model.Unlock(task, caller));
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::AcquireRecorded;
using selvage::interpose::AcquireUntilRecorded;
using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::CountedIfLocked;
using selvage::interpose::ErrorOf;
using selvage::interpose::Mode;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedNatively;
using selvage::interpose::TryAcquireRecorded;
using selvage::interpose::World;
using selvage::runtime::Task;

int pthread_mutex_init(pthread_mutex_t* mutex, const pthread_mutexattr_t* attributes) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  int error;
  {
    const CallerScope scope(caller);
    error = SELVAGE_NEXT(pthread_mutex_init)(mutex, attributes);
  }
  if (error != 0) return error;
  if (Task* task = Controlled(caller, mutex)) {
    Opaque(*task, 0, [&](World& world) {
      world.NoteMade(mutex, selvage::interpose::TypeOf(*mutex));
      return 0;
    });
  } else {
    selvage::interpose::NoteMadeNatively(mutex, caller);
  }
  return 0;
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, mutex)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(selvage::interpose::Lock(*task, world, mutex, std::nullopt, caller));
    });
  }
  const CallerScope scope(caller);
  if (const auto operation = RecordedNatively(caller, mutex)) [[unlikely]] {
    return CountedIfLocked(AcquireRecorded(
        operation, Mode::kExclusive, selvage::interpose::RelockOf(*mutex),
        [&] { return SELVAGE_NEXT(pthread_mutex_trylock)(mutex); },
        [&] { return SELVAGE_NEXT(pthread_mutex_lock)(mutex); }));
  }
  return CountedIfLocked(SELVAGE_NEXT(pthread_mutex_lock)(mutex));
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, mutex)) {
    return Opaque(*task, 0, [&](World& world) {
      return ErrorOf(selvage::interpose::TryLock(*task, world, mutex, caller));
    });
  }
  const CallerScope scope(caller);
  return CountedIfLocked(TryAcquireRecorded(RecordedNatively(caller, mutex), Mode::kExclusive, [&] {
    return SELVAGE_NEXT(pthread_mutex_trylock)(mutex);
  }));
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, mutex)) {
    return selvage::interpose::LockUntil(*task, mutex, CLOCK_REALTIME, *until, caller);
  }
  const CallerScope scope(caller);
  return CountedIfLocked(
      AcquireUntilRecorded(RecordedNatively(caller, mutex), Mode::kExclusive,
                           [&] { return SELVAGE_NEXT(pthread_mutex_timedlock)(mutex, until); }));
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* until) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, mutex)) {
    return selvage::interpose::LockUntil(*task, mutex, clock, *until, caller);
  }
  const CallerScope scope(caller);
  // TSan up to LLVM 14 knows timedlock only, and would take what the mutex guards for a race.
  if (&__interceptor_pthread_mutex_clocklock == nullptr &&
      &__interceptor_pthread_mutex_timedlock != nullptr) {
    const timespec real = selvage::interpose::OnRealTimeClock(clock, *until);
    return CountedIfLocked(
        AcquireUntilRecorded(RecordedNatively(caller, mutex), Mode::kExclusive,
                             [&] { return SELVAGE_NEXT(pthread_mutex_timedlock)(mutex, &real); }));
  }
  return CountedIfLocked(AcquireUntilRecorded(
      RecordedNatively(caller, mutex), Mode::kExclusive,
      [&] { return SELVAGE_NEXT(pthread_mutex_clocklock)(mutex, clock, until); }));
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, mutex)) {
    return Opaque(*task, 0, [&](World& world) {
      return selvage::interpose::Unlock(*task, world, mutex, caller);
    });
  }
  RecordedNatively(caller, mutex).Released();
  const int error = SELVAGE_NEXT(pthread_mutex_unlock)(mutex);
  // A mutex may have been locked by another thread or by pthread_cond_wait.
  if (error == 0 && selvage::runtime::native_mutexes_held > 0) {
    --selvage::runtime::native_mutexes_held;
  }
  return error;
}

int pthread_mutex_destroy(pthread_mutex_t* mutex) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, mutex)) {
    Opaque(*task, 0, [&](World& world) {
      world.At(mutex, caller).Destroy(*task, caller);
      World::Forget(mutex);
      world.NoteDestroyed(mutex);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteDestroyedNatively(mutex);
  return SELVAGE_NEXT(pthread_mutex_destroy)(mutex);
}

}  // extern "C"
