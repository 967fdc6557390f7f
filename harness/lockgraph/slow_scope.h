// The recorder at work on a recorded thread.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_SLOW_SCOPE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_SLOW_SCOPE_H_

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::lockgraph {

// Whether the calling thread is inside the recorder, or past its end.
extern constinit thread_local bool not_recordable __attribute__((tls_model("initial-exec")));

// While one lives, TSan disregards the calling thread, and locks that the unwinder, the allocator
// or the loader take (the program may have overridden pthread_mutex_lock) are not recorded.
class SlowScope {
 public:
  SlowScope() : context_(current_context), before_(not_recordable) {
    current_context = nullptr;
    not_recordable = true;
  }
  ~SlowScope() {
    current_context = context_;
    not_recordable = before_;
  }
  SlowScope(const SlowScope&) = delete;
  SlowScope& operator=(const SlowScope&) = delete;

 private:
  ThreadContext* const context_;
  const bool before_;
  const tsan::IgnoreScope unseen_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_SLOW_SCOPE_H_
