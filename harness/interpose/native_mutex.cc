// pthread_mutex_lock and its kin in front of the C library's, which count how many native mutexes
// the calling thread holds: while a task holds one, its memory accesses are no scheduling points.
//
// A library that tasks call may hold a mutex of its own while it runs instrumented code, as
// GoogleTest does when it takes a failed assertion in. A switch there would let the next task wait
// for that mutex natively, where no scheduler can see it, or leave the mutex locked for ever when
// the task is given up in a deadlock.

#include "selvage/harness/interpose/native_mutex.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/runtime/memory_access.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_mutex_lock(pthread_mutex_t* mutex);
__attribute__((weak)) int __interceptor_pthread_mutex_trylock(pthread_mutex_t* mutex);
__attribute__((weak)) int __interceptor_pthread_mutex_timedlock(pthread_mutex_t* mutex,
                                                                const timespec* until);
__attribute__((weak)) int __interceptor_pthread_mutex_clocklock(pthread_mutex_t* mutex,
                                                                clockid_t clock,
                                                                const timespec* until);
__attribute__((weak)) int __interceptor_pthread_mutex_unlock(pthread_mutex_t* mutex);
}

namespace selvage::interpose {

void LinkNativeMutex() {}

namespace {

// The next definition of `name`: the sanitizer's, or else the library's behind this one.
template <typename Function>
Function* Next(Function* interceptor, const char* name) {
  if (interceptor != nullptr) return interceptor;
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

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

int CountedIfLocked(int error) {
  // A robust mutex whose owner died (EOWNERDEAD) is locked too.
  if (error == 0 || error == EOWNERDEAD) ++runtime::native_mutexes_held;
  return error;
}

}  // namespace
}  // namespace selvage::interpose

#define SELVAGE_NEXT(function)                                                               \
  ([] {                                                                                      \
    static const auto next = selvage::interpose::Next(&__interceptor_##function, #function); \
    return next;                                                                             \
  }())

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  const selvage::interpose::CallerScope caller(
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
  return selvage::interpose::CountedIfLocked(SELVAGE_NEXT(pthread_mutex_lock)(mutex));
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  const selvage::interpose::CallerScope caller(
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
  return selvage::interpose::CountedIfLocked(SELVAGE_NEXT(pthread_mutex_trylock)(mutex));
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
  const selvage::interpose::CallerScope caller(
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
  return selvage::interpose::CountedIfLocked(SELVAGE_NEXT(pthread_mutex_timedlock)(mutex, until));
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* until) noexcept {
  const selvage::interpose::CallerScope caller(
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)));
  // TSan up to LLVM 14 knows timedlock only, and would take what the mutex guards for a race.
  if (&__interceptor_pthread_mutex_clocklock == nullptr &&
      &__interceptor_pthread_mutex_timedlock != nullptr) {
    const timespec real = selvage::interpose::OnRealTimeClock(clock, *until);
    return pthread_mutex_timedlock(mutex, &real);
  }
  return selvage::interpose::CountedIfLocked(
      SELVAGE_NEXT(pthread_mutex_clocklock)(mutex, clock, until));
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  const int error = SELVAGE_NEXT(pthread_mutex_unlock)(mutex);
  // A mutex may have been locked by another thread or by pthread_cond_wait.
  if (error == 0 && selvage::runtime::native_mutexes_held > 0) {
    --selvage::runtime::native_mutexes_held;
  }
  return error;
}

}  // extern "C"
