// Something that is done once, by whoever comes first, while others wait until it is done.
#ifndef SELVAGE_HARNESS_MODEL_ONCE_H_
#define SELVAGE_HARNESS_MODEL_ONCE_H_

#include <cstdint>

#include "selvage/harness/model/object.h"

namespace selvage::model {

class Once final : public Object {
 public:
  Once(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen)
      : Object(scheduler, type, unseen) {}

  enum class Turn { kCallers, kDone };

  // kCallers: the caller is to do it, and to say with End() how it went. kDone: it is done, after a
  // wait if somebody was at it. A caller that is at it itself is a deadlock, which ends the
  // schedule. A scheduling point only where there is somebody to wait for: what a process does once
  // must not make its first schedule another than the next ones.
  Turn Begin(runtime::Task& task, std::uintptr_t site);

  // `done`, or given up, so that the next one tries. REQUIRES: Begin() gave the task its turn.
  void End(runtime::Task& task, bool done);

 private:
  const runtime::Task* doer_ = nullptr;
  bool done_ = false;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_ONCE_H_
