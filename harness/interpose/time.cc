// Clocks and sleeps.

#include <errno.h>
#include <sched.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/virtual_time.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_clock_gettime(clockid_t, timespec*);
__attribute__((weak)) int __interceptor_gettimeofday(timeval*, void*);
__attribute__((weak)) time_t __interceptor_time(time_t*);
__attribute__((weak)) int __interceptor_nanosleep(const timespec*, timespec*);
__attribute__((weak)) int __interceptor_clock_nanosleep(clockid_t, int, const timespec*, timespec*);
__attribute__((weak)) int __interceptor_usleep(useconds_t);
__attribute__((weak)) unsigned __interceptor_sleep(unsigned);
__attribute__((weak)) int __interceptor_sched_yield();
}

namespace selvage::interpose {

void LinkTime() {}

namespace {

using runtime::OpKind;
using runtime::Task;
using runtime::VirtualTime;

constexpr std::int64_t kNanoseconds = 1'000'000'000;

// Whether the clock tells the time, rather than the use of a processor.
bool TellsTime(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW ||
         clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ||
         clock == CLOCK_BOOTTIME || clock == CLOCK_TAI;
}

bool IsRealTime(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE || clock == CLOCK_TAI;
}

// Whole seconds that the clock shows when a schedule begins: the same for all of the process.
std::int64_t SecondsAtBeginning(clockid_t clock) {
  static constinit std::atomic<std::int64_t> real{0};
  static constinit std::atomic<std::int64_t> monotonic{0};
  std::atomic<std::int64_t>& seconds = IsRealTime(clock) ? real : monotonic;
  std::int64_t before = seconds.load(std::memory_order_relaxed);
  if (before != 0) return before;
  timespec now;
  SELVAGE_NEXT(clock_gettime)(IsRealTime(clock) ? CLOCK_REALTIME : CLOCK_MONOTONIC, &now);
  const std::int64_t asked = now.tv_sec + 1;
  return seconds.compare_exchange_strong(before, asked, std::memory_order_relaxed) ? asked : before;
}

timespec Shown(clockid_t clock, VirtualTime now) {
  return {.tv_sec = static_cast<time_t>(SecondsAtBeginning(clock) + now / kNanoseconds),
          .tv_nsec = static_cast<long>(now % kNanoseconds)};
}

// What the clock shows to the task, which may have to let others run first.
timespec Look(Task& task, clockid_t clock, std::uintptr_t caller) {
  const runtime::OpaqueCall opaque(task);
  return Shown(clock, task.scheduler().LookAtClock(task, caller));
}

bool IsTime(const timespec& time) { return time.tv_nsec >= 0 && time.tv_nsec < kNanoseconds; }

// `seconds` may be more than 64 bits of nanoseconds can hold.
std::chrono::nanoseconds Span(std::int64_t seconds, std::int64_t nanoseconds) {
  constexpr std::int64_t kMostSeconds = std::int64_t{1} << 32;
  const std::chrono::nanoseconds span =
      std::chrono::seconds(std::clamp(seconds, -kMostSeconds, kMostSeconds)) +
      std::chrono::nanoseconds(nanoseconds);
  return std::max(span, std::chrono::nanoseconds(0));
}

int Sleep(Task& task, std::chrono::nanoseconds span, std::uintptr_t caller) {
  const runtime::OpaqueCall opaque(task);
  if (IsUnwinding(task)) return 0;
  const runtime::Readiness never{.ready = [](const void*) { return false; }};
  task.scheduler().Await(task, OpKind::kSleep, runtime::kNoObject, caller, never, span);
  return 0;
}

}  // namespace

std::optional<std::chrono::nanoseconds> TimeUntil(const Task& task, clockid_t clock,
                                                  const timespec& until) {
  if (!IsTime(until) || !TellsTime(clock)) return std::nullopt;
  const timespec now = Shown(clock, task.scheduler().now());
  return Span(static_cast<std::int64_t>(until.tv_sec) - now.tv_sec, until.tv_nsec - now.tv_nsec);
}

}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::Controlled;
using selvage::interpose::Influence;
using selvage::runtime::Task;

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (selvage::interpose::TellsTime(clock)) {
    if (Task* task = Controlled(caller, nullptr, Influence::kNone)) {
      *time = selvage::interpose::Look(*task, clock, caller);
      return 0;
    }
  }
  return SELVAGE_NEXT(clock_gettime)(clock, time);
}

int gettimeofday(timeval* time, void* zone) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr, Influence::kNone)) {
    const timespec now = selvage::interpose::Look(*task, CLOCK_REALTIME, caller);
    *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1'000};
    return 0;
  }
  return SELVAGE_NEXT(gettimeofday)(time, zone);
}

time_t time(time_t* seconds) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr, Influence::kNone)) {
    const time_t now = selvage::interpose::Look(*task, CLOCK_REALTIME, caller).tv_sec;
    if (seconds != nullptr) *seconds = now;
    return now;
  }
  return SELVAGE_NEXT(time)(seconds);
}

int nanosleep(const timespec* span, timespec* left) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr);
      task != nullptr && selvage::interpose::IsTime(*span) && span->tv_sec >= 0) {
    return selvage::interpose::Sleep(*task, selvage::interpose::Span(span->tv_sec, span->tv_nsec),
                                     caller);
  }
  return SELVAGE_NEXT(nanosleep)(span, left);
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr); task != nullptr) {
    const auto span = (flags & TIMER_ABSTIME) != 0
                          ? selvage::interpose::TimeUntil(*task, clock, *time)
                          : selvage::interpose::Span(time->tv_sec, time->tv_nsec);
    if (!span || !selvage::interpose::IsTime(*time)) return EINVAL;
    return selvage::interpose::Sleep(*task, *span, caller);
  }
  return SELVAGE_NEXT(clock_nanosleep)(clock, flags, time, left);
}

int usleep(useconds_t microseconds) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr)) {
    return selvage::interpose::Sleep(*task, std::chrono::microseconds(microseconds), caller);
  }
  return SELVAGE_NEXT(usleep)(microseconds);
}

unsigned sleep(unsigned seconds) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr)) {
    selvage::interpose::Sleep(*task, std::chrono::seconds(seconds), caller);
    return 0;
  }
  return SELVAGE_NEXT(sleep)(seconds);
}

int sched_yield() noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, nullptr)) {
    const selvage::runtime::OpaqueCall opaque(*task);
    task->scheduler().Point(*task, selvage::runtime::OpKind::kYield, selvage::runtime::kNoObject,
                            caller);
    return 0;
  }
  return SELVAGE_NEXT(sched_yield)();
}

}  // extern "C"
