// A stack for signal handlers.
#ifndef SELVAGE_HARNESS_CRASH_ALTERNATIVE_STACK_H_
#define SELVAGE_HARNESS_CRASH_ALTERNATIVE_STACK_H_

#include <cstddef>
#include <memory>

namespace selvage::crash {

// While one lives, signal handlers that ask for it (SA_ONSTACK) run on a stack of their own in the
// calling kernel thread: a task's own stack may be what has run out. All tasks of a driver share
// its kernel thread, whose alternative stack they use whatever their thread pointer says. One that
// is there already, a sanitizer's or the program's, is left in place.
class AlternativeStack {
 public:
  AlternativeStack();
  // REQUIRES: called by the thread that made it.
  ~AlternativeStack();
  AlternativeStack(const AlternativeStack&) = delete;
  AlternativeStack& operator=(const AlternativeStack&) = delete;

 private:
  // Bytes: an unwinder needs some ten thousand, the kernel's frame a few thousand.
  static constexpr std::size_t kSize = 128 * 1024;

  std::unique_ptr<char[]> memory_;  // none if there was one already
};

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_ALTERNATIVE_STACK_H_
