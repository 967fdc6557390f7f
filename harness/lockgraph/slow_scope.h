// The recorder at work on a recorded thread.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_SLOW_SCOPE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_SLOW_SCOPE_H_

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/tsan/annotations.h"

// Of TSan's dynamic annotations; null in a binary without it.
extern "C" {
__attribute__((weak)) void AnnotateIgnoreSyncBegin(const char* file, int line);
__attribute__((weak)) void AnnotateIgnoreSyncEnd(const char* file, int line);
}

namespace selvage::lockgraph {

// Whether the calling thread is inside the recorder, or past its end.
extern constinit thread_local bool not_recordable __attribute__((tls_model("initial-exec")));

// While one lives, TSan disregards the mutexes that the calling thread takes. The unwinder may take
// one of the whole process; seen by TSan, it would order every thread that records something new
// after the one before, and hide the races between them.
class IgnoreSyncScope {
 public:
  IgnoreSyncScope() {
    if (&AnnotateIgnoreSyncBegin != nullptr) AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
  }
  ~IgnoreSyncScope() {
    if (&AnnotateIgnoreSyncEnd != nullptr) AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
  }
  IgnoreSyncScope(const IgnoreSyncScope&) = delete;
  IgnoreSyncScope& operator=(const IgnoreSyncScope&) = delete;
};

// While one lives, nothing that the calling thread does is recorded.
class UnrecordedScope {
 public:
  UnrecordedScope() : context_(current_context), before_(not_recordable) {
    current_context = nullptr;
    not_recordable = true;
  }
  ~UnrecordedScope() {
    current_context = context_;
    not_recordable = before_;
  }
  UnrecordedScope(const UnrecordedScope&) = delete;
  UnrecordedScope& operator=(const UnrecordedScope&) = delete;

 private:
  ThreadContext* const context_;
  const bool before_;
};

// While one lives, TSan disregards the calling thread, and locks that the unwinder, the allocator
// or the loader take (the program may have overridden pthread_mutex_lock) are not recorded.
class SlowScope {
 public:
  SlowScope() {}
  ~SlowScope() {}
  SlowScope(const SlowScope&) = delete;
  SlowScope& operator=(const SlowScope&) = delete;

 private:
  const UnrecordedScope unrecorded_;
  const tsan::IgnoreScope unseen_;
  const IgnoreSyncScope unordered_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_SLOW_SCOPE_H_
