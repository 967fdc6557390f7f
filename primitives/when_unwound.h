// What a primitive forgets of a task that is being unwound.
#ifndef SELVAGE_PRIMITIVES_WHEN_UNWOUND_H_
#define SELVAGE_PRIMITIVES_WHEN_UNWOUND_H_

#include <utility>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::internal {

// Calls `function` at the end of its life if the calling task is being unwound, and not otherwise:
// for a list with nodes on the stacks of those who wait. Nobody in it will ever be woken, so that
// it may be forgotten as a whole.
template <typename Function>
class WhenUnwound {
 public:
  explicit WhenUnwound(Function function) : function_(std::move(function)) {}
  ~WhenUnwound() {
    const runtime::Task* task = runtime::CurrentTask();
    if (task != nullptr && task->scheduler().unwinding()) function_();
  }
  WhenUnwound(const WhenUnwound&) = delete;
  WhenUnwound& operator=(const WhenUnwound&) = delete;

 private:
  const Function function_;
};

}  // namespace selvage::internal

#endif  // SELVAGE_PRIMITIVES_WHEN_UNWOUND_H_
