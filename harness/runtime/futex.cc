#include "selvage/harness/runtime/futex.h"

#include <asm/unistd.h>
#include <errno.h>
#include <linux/futex.h>
#include <time.h>

namespace selvage::runtime {
namespace {

long RawFutex(const std::atomic<std::uint32_t>* word, long operation, long value,
              const timespec* timeout, long bitset) {
#if defined(__x86_64__)
  long result = __NR_futex;
  register const timespec* r10 asm("r10") = timeout;
  register const void* r8 asm("r8") = nullptr;
  register long r9 asm("r9") = bitset;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(word), "S"(operation), "d"(value), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = __NR_futex;
  register long x0 asm("x0") = reinterpret_cast<long>(word);
  register long x1 asm("x1") = operation;
  register long x2 asm("x2") = value;
  register long x3 asm("x3") = reinterpret_cast<long>(timeout);
  register long x4 asm("x4") = 0;
  register long x5 asm("x5") = bitset;
  asm volatile("svc 0"
               : "+r"(x0)
               : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
               : "memory");
  return x0;
#endif
}

}  // namespace

bool FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::optional<std::chrono::steady_clock::time_point> deadline) {
  timespec at{};
  if (deadline) {
    // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, which is libstdc++'s steady_clock.
    const auto ns = std::chrono::nanoseconds(deadline->time_since_epoch()).count();
    at.tv_sec = static_cast<time_t>(ns > 0 ? ns / 1'000'000'000 : 0);
    at.tv_nsec = static_cast<long>(ns > 0 ? ns % 1'000'000'000 : 0);
  }
  const long result =
      RawFutex(&word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, static_cast<long>(expected),
               deadline ? &at : nullptr, static_cast<long>(FUTEX_BITSET_MATCH_ANY));
  return result != -ETIMEDOUT;
}

void FutexWake(const std::atomic<std::uint32_t>& word, int count) {
  RawFutex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, nullptr, 0);
}

}  // namespace selvage::runtime
