#include "selvage/harness/interpose/control.h"

#include <errno.h>

#include "selvage/harness/interpose/foreign.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/harness/runtime/thread_locals.h"
#include "selvage/harness/runtime/uncontrolled.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::interpose {

void BeginControl() {
  LinkFronts();
  FindForeignCode();
  runtime::FindThreadLocals();
}

bool IsControlled(const runtime::Task& task, std::uintptr_t caller, const volatile void* object,
                  Influence influence) {
  const runtime::Scheduler& scheduler = task.scheduler();
  if (tsan::ignore_depth != 0 && !scheduler.unwinding()) return false;
  if (IsForeign(caller) ||
      IsForeign(reinterpret_cast<std::uintptr_t>(const_cast<const void*>(object)))) {
    return false;
  }
  if (scheduler.settings().control_native && runtime::native_mutexes_held == 0) return true;
  if (influence == Influence::kOnOthers) {
    runtime::Note(runtime::Uncontrolled::kNativeCall, caller, object);
  }
  return false;
}

bool IsUnwinding(runtime::Task& task) {
  runtime::Scheduler& scheduler = task.scheduler();
  if (!scheduler.unwinding()) return false;
  // Counted: one that asks for ever is given up.
  scheduler.Point(task, runtime::OpKind::kQuery, runtime::kNoObject, 0);
  return true;
}

int ErrorOf(model::Result result) {
  switch (result) {
    case model::Result::kOk:
      return 0;
    case model::Result::kBusy:
      return EBUSY;
    case model::Result::kTimedOut:
      return ETIMEDOUT;
    case model::Result::kRelock:
      return EDEADLK;
    case model::Result::kNotOwner:
      return EPERM;
    case model::Result::kTooMany:
      return EAGAIN;
  }
  return EINVAL;
}

}  // namespace selvage::interpose
