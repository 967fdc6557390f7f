// Waiting and waking between real threads: Linux futex(2) by raw system call.
//
// Raw, because the C library's syscall() writes errno and can be overridden by a program, and
// because neither TSan nor an interposed pthread function must see the harness wait.
#ifndef SELVAGE_HARNESS_RUNTIME_FUTEX_H_
#define SELVAGE_HARNESS_RUNTIME_FUTEX_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace selvage::runtime {

// Sleeps while `word` holds `expected`; returns when woken, when it does not hold it, when
// `deadline` has passed, or for no reason: callers loop. Returns false only when the deadline has
// passed.
bool FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
               std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);

// Wakes up to `count` threads that sleep on `word`. The word is not read: it may already be gone.
void FutexWake(const std::atomic<std::uint32_t>& word, int count);

inline constexpr int kWakeAll = 0x7fffffff;

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_FUTEX_H_
