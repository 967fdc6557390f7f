// syscall(), by which the C++ library and Abseil wait for words in memory to change (futex(2)).

#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/virtual_time.h"

extern "C" {
__attribute__((weak)) long __interceptor_syscall(long number, ...);
}

namespace selvage::interpose {

void LinkFutex() {}

namespace {

using runtime::Task;

long Said(int error) {
  if (error == 0) return 0;
  errno = error;
  return -1;
}

// Whether the model knows what the operation means.
bool IsModelled(int operation) {
  switch (operation & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
      return true;
    default:
      return false;
  }
}

// FUTEX_WAIT has a length of time, FUTEX_WAIT_BITSET a point in it.
std::optional<std::chrono::nanoseconds> TimeoutOf(const Task& task, int operation,
                                                  const timespec& time) {
  if ((operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET) {
    return TimeUntil(
        task, (operation & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC, time);
  }
  if (time.tv_nsec < 0 || time.tv_nsec >= 1'000'000'000 || time.tv_sec < 0) return std::nullopt;
  constexpr time_t kMostSeconds = time_t{1} << 32;
  return std::chrono::seconds(std::min(time.tv_sec, kMostSeconds)) +
         std::chrono::nanoseconds(time.tv_nsec);
}

long Wait(Task& task, const void* word, int operation, std::uint32_t expected, const timespec* time,
          std::uintptr_t caller) {
  return Said(Opaque(task, 0, [&](World& world) {
    model::Timeout timeout;
    if (time != nullptr) {
      timeout = TimeoutOf(task, operation, *time);
      if (!timeout) return EINVAL;
    }
    const model::Result result = world.FutexAt(word, caller).Wait(task, expected, timeout, caller);
    return result == model::Result::kBusy ? EAGAIN : ErrorOf(result);
  }));
}

long Wake(Task& task, const void* word, int most, std::uintptr_t caller) {
  return Opaque(task, 0L, [&](World& world) -> long {
    return world.FutexAt(word, caller)
        .Wake(task, most < 0 ? 0 : static_cast<std::uint32_t>(most), caller);
  });
}

long Futex(Task& task, const long (&arguments)[6], std::uintptr_t caller) {
  const auto* word = reinterpret_cast<const void*>(arguments[0]);
  const int operation = static_cast<int>(arguments[1]);
  const int command = operation & FUTEX_CMD_MASK;
  if (command == FUTEX_WAKE || command == FUTEX_WAKE_BITSET) {
    return Wake(task, word, static_cast<int>(arguments[2]), caller);
  }
  return Wait(task, word, operation, static_cast<std::uint32_t>(arguments[2]),
              reinterpret_cast<const timespec*>(arguments[3]), caller);
}

}  // namespace
}  // namespace selvage::interpose

// Reads as many arguments as any call has: those that were not given are garbage, which nobody
// uses.
extern "C" __attribute__((no_sanitize("address"))) long syscall(long number, ...) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  long arguments[6];
  va_list list;
  va_start(list, number);
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && selvage::interpose::IsModelled(static_cast<int>(arguments[1]))) {
    if (auto* task = selvage::interpose::Controlled(
            caller, reinterpret_cast<const volatile void*>(arguments[0]))) {
      return selvage::interpose::Futex(*task, arguments, caller);
    }
  }
  if (number == SYS_gettid) {
    if (const auto* task =
            selvage::interpose::Controlled(caller, nullptr, selvage::interpose::Influence::kNone)) {
      return static_cast<long>(task->body_thread());
    }
  }
  return SELVAGE_NEXT(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3],
                               arguments[4], arguments[5]);
}
