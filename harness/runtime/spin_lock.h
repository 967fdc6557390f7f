// A lock for the harness's own rare shared state.
//
// Not a std::mutex: TSan would see that one and order the user's threads by it, which hides their
// races.
#ifndef SELVAGE_HARNESS_RUNTIME_SPIN_LOCK_H_
#define SELVAGE_HARNESS_RUNTIME_SPIN_LOCK_H_

#include <atomic>
#include <cstdint>

#include "selvage/harness/runtime/futex.h"

namespace selvage::runtime {

// Spins a little, then sleeps. Not recursive. Never held across a task switch.
class SpinLock {
 public:
  constexpr SpinLock() = default;

  void Acquire() {
    for (int i = 0; i < 100; ++i) {
      std::uint32_t free = kFree;
      if (state_.compare_exchange_weak(free, kHeld, std::memory_order_acquire)) return;
    }
    while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
      FutexWait(state_, kContended);
    }
  }
  void Release() {
    if (state_.exchange(kFree, std::memory_order_release) == kContended) FutexWake(state_, 1);
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;
  std::atomic<std::uint32_t> state_{kFree};
};

class SpinLockHolder {
 public:
  explicit SpinLockHolder(SpinLock& lock) : lock_(lock) { lock_.Acquire(); }
  ~SpinLockHolder() { lock_.Release(); }
  SpinLockHolder(const SpinLockHolder&) = delete;
  SpinLockHolder& operator=(const SpinLockHolder&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_SPIN_LOCK_H_
