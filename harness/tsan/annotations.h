// What ThreadSanitizer is told.
//
// The harness is compiled without -fsanitize=thread, so TSan sees neither its memory accesses nor
// its hand-offs; it learns only what is said here, through its documented interface
// (sanitizer/tsan_interface.h). The functions are weak references: in a binary without TSan they
// are null and every call here is a load and a branch.
//
// What TSan still sees of the harness are the functions it intercepts (malloc, free, memcpy, ...),
// and those standard-library templates of which the linker took the program's instrumented copy.
// Code that runs on a task's thread and may call one of those does so under an IgnoreScope;
// otherwise TSan would report the harness's own memory. For the same reason headers that user code
// includes have no inline code of the harness in them.
#ifndef SELVAGE_HARNESS_TSAN_ANNOTATIONS_H_
#define SELVAGE_HARNESS_TSAN_ANNOTATIONS_H_

extern "C" {
__attribute__((weak)) void __tsan_acquire(void* address);
__attribute__((weak)) void __tsan_release(void* address);
__attribute__((weak)) void __tsan_mutex_destroy(void* address, unsigned flags);
__attribute__((weak)) void __tsan_ignore_thread_begin();
__attribute__((weak)) void __tsan_ignore_thread_end();
__attribute__((weak)) void* __tsan_get_current_report();
}

namespace selvage::tsan {

// Whether this binary is linked with ThreadSanitizer. Asked by what the harness has no definition
// of its own of (harness/interpose/own_tsan_interface.cc).
inline bool Present() { return &__tsan_get_current_report != nullptr; }

// What the calling thread did before is ordered before whoever Acquire()s `address` later.
inline void Release(const void* address) {
  if (Present()) __tsan_release(const_cast<void*>(address));
}

// What was done before each Release() of `address` is ordered before what the calling thread does
// next.
inline void Acquire(const void* address) {
  if (Present()) __tsan_acquire(const_cast<void*>(address));
}

// How many IgnoreScopes the calling thread is in.
extern constinit thread_local int ignore_depth __attribute__((tls_model("initial-exec")));

// While one lives, TSan disregards the memory accesses and allocations of the calling thread, and
// they are no scheduling points. Nests. No task switch may happen inside one.
class IgnoreScope {
 public:
  IgnoreScope() {
    ++ignore_depth;
    if (Present()) __tsan_ignore_thread_begin();
  }
  ~IgnoreScope() {
    if (Present()) __tsan_ignore_thread_end();
    --ignore_depth;
  }
  IgnoreScope(const IgnoreScope&) = delete;
  IgnoreScope& operator=(const IgnoreScope&) = delete;
};

// The synchronisation object at `address` is gone: a new one at the same address starts without
// history. Ignored as an access: TSan imitates a write, and two tasks may meet an object unordered.
inline void Forget(const void* address) {
  if (!Present()) return;
  const IgnoreScope unseen;
  __tsan_mutex_destroy(const_cast<void*>(address), 0);
}

}  // namespace selvage::tsan

#endif  // SELVAGE_HARNESS_TSAN_ANNOTATIONS_H_
