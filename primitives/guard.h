// Guard: holds a lock, or a permit of a semaphore, for as long as it lives.
#ifndef SELVAGE_PRIMITIVES_GUARD_H_
#define SELVAGE_PRIMITIVES_GUARD_H_

#include "selvage/primitives/thread_annotations.h"

namespace selvage {

// What std::lock_guard is, and known to clang's thread-safety analysis; Python's `with lock:`.
// `Lockable` needs lock() and unlock().
template <typename Lockable>
class SELVAGE_SCOPED_CAPABILITY Guard {
 public:
  SELVAGE_ALWAYS_INLINE explicit Guard(Lockable& lockable) SELVAGE_ACQUIRE(lockable)
      : lockable_(lockable) {
    lockable_.lock();
  }
  SELVAGE_ALWAYS_INLINE ~Guard() SELVAGE_RELEASE() { lockable_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  Lockable& lockable_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_GUARD_H_
