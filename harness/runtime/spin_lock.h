// A lock for the harness's own rare shared state.
//
// Not a std::mutex: TSan would see that one and order the user's threads by it, which hides their
// races. Nothing here is inline for the same reason: public headers include this one, and a program
// compiled for TSan would bring instrumented copies.
#ifndef SELVAGE_HARNESS_RUNTIME_SPIN_LOCK_H_
#define SELVAGE_HARNESS_RUNTIME_SPIN_LOCK_H_

#include <atomic>
#include <cstdint>

namespace selvage::runtime {

// Spins a little, then sleeps. Not recursive. Never held across a task switch.
class SpinLock {
 public:
  constexpr SpinLock() = default;

  // From here on one thread of the operating system uses it, whichever task that runs: it costs
  // nothing any more. REQUIRES: not held.
  void Confine() { confined_ = true; }

  void Acquire();
  void Release();

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;
  std::atomic<std::uint32_t> state_{kFree};
  bool confined_ = false;
};

class SpinLockHolder {
 public:
  explicit SpinLockHolder(SpinLock& lock);
  ~SpinLockHolder();
  SpinLockHolder(const SpinLockHolder&) = delete;
  SpinLockHolder& operator=(const SpinLockHolder&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_SPIN_LOCK_H_
