// A task that will never go on.
#ifndef SELVAGE_HARNESS_RUNTIME_STOPPED_TASK_H_
#define SELVAGE_HARNESS_RUNTIME_STOPPED_TASK_H_

#include <vector>

#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

// It waits in its pending operation for what nobody will do.
struct StoppedTask {
  TaskId task{0};
  // Those that would have to act first, in order, if it is known who they are; among them there may
  // be some that have ended.
  std::vector<TaskId> waits_for;
  // Whether its wait is what is wrong, and does not only follow from the others' waits.
  bool is_cause = false;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_STOPPED_TASK_H_
