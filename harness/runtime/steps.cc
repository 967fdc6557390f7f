#include "selvage/harness/runtime/steps.h"

#include <algorithm>

#include "selvage/harness/runtime/task.h"

namespace selvage::runtime {
namespace {

// The most that one access of unknown size has.
constexpr std::uint32_t kMostBytes = 16;

}  // namespace

PendingTouches::PendingTouches(const Task& task) {
  const Op& op = task.pending();
  if (IsMemoryAccess(op.kind)) {
    Add(op.object, !IsReadOnly(op.kind),
        task.pending_size() == 0 ? kMostBytes : task.pending_size());
  } else if (op.object != kNoObject) {
    Add(op.object, !IsReadOnly(op.kind));
  }
  if (task.waits_also_for() != kNoObject) Add(task.waits_also_for(), true);
  if (task.timed()) Add(kTimeObject, true);
  if (op.kind == OpKind::kSpawn) Add(kTaskNumbers, true);
  if (task.daemon()) Add(kScheduleEnd, false);
}

}  // namespace selvage::runtime
