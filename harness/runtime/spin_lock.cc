#include "selvage/harness/runtime/spin_lock.h"

#include "selvage/harness/runtime/futex.h"

namespace selvage::runtime {

void SpinLock::Acquire() {
  if (confined_) return;
  for (int i = 0; i < 100; ++i) {
    std::uint32_t free = kFree;
    if (state_.compare_exchange_weak(free, kHeld, std::memory_order_acquire)) return;
  }
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree) {
    FutexWait(state_, kContended);
  }
}

void SpinLock::Release() {
  if (confined_) return;
  if (state_.exchange(kFree, std::memory_order_release) == kContended) FutexWake(state_, 1);
}

SpinLockHolder::SpinLockHolder(SpinLock& lock) : lock_(lock) { lock_.Acquire(); }
SpinLockHolder::~SpinLockHolder() { lock_.Release(); }

}  // namespace selvage::runtime
