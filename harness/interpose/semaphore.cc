// POSIX semaphores.

#include <errno.h>
#include <semaphore.h>
#include <time.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"
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

RecordedOperation Recorded(World& world, const model::Semaphore& model, sem_t* semaphore,
                           std::uintptr_t caller) {
  return world.Recorded(model, semaphore, SemaphoreType(model.first_permits()), caller);
}

model::Result Acquire(runtime::Task& task, World& world, sem_t* semaphore,
                      const model::Timeout& timeout, std::uintptr_t caller) {
  model::Semaphore& model = world.At(semaphore, caller);
  return LockRecorded(Recorded(world, model, semaphore, caller), Mode::kExclusive, timeout,
                      [&] { return model.Acquire(task, timeout, caller); });
}

model::Result TryAcquire(runtime::Task& task, World& world, sem_t* semaphore,
                         std::uintptr_t caller) {
  model::Semaphore& model = world.At(semaphore, caller);
  return TryRecorded(Recorded(world, model, semaphore, caller), Mode::kExclusive,
                     [&] { return model.TryAcquire(task, caller); });
}

model::Result Release(runtime::Task& task, World& world, sem_t* semaphore, std::uintptr_t caller) {
  model::Semaphore& model = world.At(semaphore, caller);
  if (!model.IsFull()) Recorded(world, model, semaphore, caller).PermitReleased();
  return model.Release(task, caller);
}

// Whether several processes share it, as a word behind the permits tells the C library.
bool IsShared(const sem_t& semaphore) {
  static_assert(sizeof(void*) == 8);
  return reinterpret_cast<const int*>(&semaphore)[2] != 0;
}

// Of an ordinary thread.
RecordedOperation RecordedSemaphore(sem_t* semaphore, std::uintptr_t caller) {
  if (!AnyIsRecorded() || IsShared(*semaphore)) [[likely]]
    return {};
  int permits = 0;
  SELVAGE_NEXT(sem_getvalue)(semaphore, &permits);
  return FindNative(semaphore, SemaphoreType(static_cast<std::uint32_t>(permits)), caller);
}

// The error number of a call that says it by errno.
int ErrorOfCall(int result) { return result == 0 ? 0 : errno; }

// So of a try: EBUSY if another one has it.
int ErrorOfTry(int result) {
  const int error = ErrorOfCall(result);
  return error == EAGAIN ? EBUSY : error;
}

int WaitUntil(runtime::Task& task, sem_t* semaphore, clockid_t clock, const timespec& until,
              std::uintptr_t caller) {
  return Said(Opaque(task, 0, [&](World& world) {
    const model::Timeout timeout = TimeUntil(task, clock, until);
    if (!timeout) return EINVAL;
    return ErrorOf(Acquire(task, world, semaphore, timeout, caller));
  }));
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::AcquireRecorded;
using selvage::interpose::AcquireUntilRecorded;
using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::ErrorOf;
using selvage::interpose::ErrorOfCall;
using selvage::interpose::ErrorOfTry;
using selvage::interpose::Mode;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedSemaphore;
using selvage::interpose::Said;
using selvage::interpose::World;
using selvage::model::Result;
using selvage::runtime::Task;

int sem_init(sem_t* semaphore, int shared, unsigned permits) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    World::Forget(semaphore);
    Opaque(*task, 0, [&](World& world) {
      world.NoteMade(semaphore, selvage::interpose::SemaphoreType(permits));
      return 0;
    });
  }
  const CallerScope scope(caller);
  const int result = SELVAGE_NEXT(sem_init)(semaphore, shared, permits);
  if (result == 0 && shared == 0) {
    selvage::interpose::NoteMadeNatively(semaphore, selvage::interpose::SemaphoreType(permits),
                                         caller);
  }
  return result;
}

int sem_destroy(sem_t* semaphore) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    World::Forget(semaphore);
    Opaque(*task, 0, [&](World& world) {
      world.NoteDestroyed(semaphore);
      return 0;
    });
  }
  const CallerScope scope(caller);
  selvage::interpose::NoteDestroyedNatively(semaphore);
  return SELVAGE_NEXT(sem_destroy)(semaphore);
}

int sem_wait(sem_t* semaphore) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Said(Opaque(*task, 0, [&](World& world) {
      return ErrorOf(selvage::interpose::Acquire(*task, world, semaphore, std::nullopt, caller));
    }));
  }
  const CallerScope scope(caller);
  if (const auto operation = RecordedSemaphore(semaphore, caller)) [[unlikely]] {
    return Said(AcquireRecorded(
        operation, Mode::kExclusive, selvage::interpose::Relock::kReturns,
        [&] { return ErrorOfTry(SELVAGE_NEXT(sem_trywait)(semaphore)); },
        [&] { return ErrorOfCall(SELVAGE_NEXT(sem_wait)(semaphore)); }));
  }
  return SELVAGE_NEXT(sem_wait)(semaphore);
}

int sem_trywait(sem_t* semaphore) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Said(Opaque(*task, 0, [&](World& world) {
      const Result result = selvage::interpose::TryAcquire(*task, world, semaphore, caller);
      return result == Result::kBusy ? EAGAIN : ErrorOf(result);
    }));
  }
  const CallerScope scope(caller);
  const auto operation = RecordedSemaphore(semaphore, caller);
  const int got = SELVAGE_NEXT(sem_trywait)(semaphore);
  if (got == 0) operation.Tried(Mode::kExclusive);
  return got;
}

int sem_timedwait(sem_t* semaphore, const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return selvage::interpose::WaitUntil(*task, semaphore, CLOCK_REALTIME, *until, caller);
  }
  const CallerScope scope(caller);
  return AcquireUntilRecorded(RecordedSemaphore(semaphore, caller), Mode::kExclusive,
                              [&] { return SELVAGE_NEXT(sem_timedwait)(semaphore, until); });
}

int sem_clockwait(sem_t* semaphore, clockid_t clock, const timespec* until) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return selvage::interpose::WaitUntil(*task, semaphore, clock, *until, caller);
  }
  const CallerScope scope(caller);
  return AcquireUntilRecorded(RecordedSemaphore(semaphore, caller), Mode::kExclusive,
                              [&] { return SELVAGE_NEXT(sem_clockwait)(semaphore, clock, until); });
}

int sem_post(sem_t* semaphore) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, semaphore)) {
    return Said(Opaque(*task, 0, [&](World& world) {
      const Result result = selvage::interpose::Release(*task, world, semaphore, caller);
      return result == Result::kTooMany ? EOVERFLOW : ErrorOf(result);
    }));
  }
  const CallerScope scope(caller);
  RecordedSemaphore(semaphore, caller).PermitReleased();
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
