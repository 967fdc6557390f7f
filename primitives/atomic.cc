#include "selvage/primitives/atomic.h"

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::internal {

using runtime::CurrentTask;
using runtime::OpKind;
using runtime::Task;

namespace {

void Announce(runtime::Object& object, OpKind kind, std::uintptr_t site) {
  Task* task = CurrentTask();
  if (task == nullptr) return;
  runtime::Scheduler& scheduler = task->scheduler();
  bool first_use;
  const runtime::ObjectId id = scheduler.Enter(object, first_use);
  scheduler.Point(*task, kind, id, site);
}

}  // namespace

void BeforeAtomicLoad(runtime::Object& object, std::uintptr_t site) {
  Announce(object, OpKind::kAtomicLoad, site);
}

void BeforeAtomicStore(runtime::Object& object, std::uintptr_t site) {
  Announce(object, OpKind::kAtomicStore, site);
}

void BeforeAtomicUpdate(runtime::Object& object, std::uintptr_t site) {
  Announce(object, OpKind::kAtomicUpdate, site);
}

void NoteFailedExchange() {
  if (Task* task = CurrentTask()) task->scheduler().NoteUnsuccessful();
}

void NoteUnchanged() {
  if (Task* task = CurrentTask()) task->scheduler().NoteUnchanged();
}

}  // namespace selvage::internal
