#include "selvage/primitives/atomic.h"

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/atomic_access.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/uncontrolled.h"

namespace selvage::internal {

using runtime::CurrentTask;
using runtime::OpKind;
using runtime::Task;

namespace {

OpKind OpKindOf(AtomicOperation::Kind kind) {
  switch (kind) {
    case AtomicOperation::Kind::kLoad:
      return OpKind::kAtomicLoad;
    case AtomicOperation::Kind::kStore:
      return OpKind::kAtomicStore;
    case AtomicOperation::Kind::kUpdate:
      return OpKind::kAtomicUpdate;
  }
  __builtin_unreachable();
}

bool Acquires(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}

bool Releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

}  // namespace

AtomicOperation::AtomicOperation(AtomicObject& object, Kind kind, std::memory_order order,
                                 std::uintptr_t site)
    : object_(object), context_(lockgraph::Recording()), kind_(kind), order_(order) {
  if (Task* task = CurrentTask()) {
    runtime::Scheduler& scheduler = task->scheduler();
    bool first_use;
    const runtime::ObjectId id = scheduler.Enter(object.object, first_use);
    scheduler.Point(*task, OpKindOf(kind), id, site);
    if (order != std::memory_order_seq_cst) {
      runtime::Note(runtime::Uncontrolled::kWeakOrder, site);
    }
  } else if (context_ != nullptr) {
    object_.lock.Acquire();
  }
  ++runtime::announced_operations;
}

AtomicOperation::~AtomicOperation() {
  --runtime::announced_operations;
  if (context_ == nullptr) return;
  if (kind_ != Kind::kStore && Acquires(order_)) context_->OnSignalReceived(object_.sent);
  if (kind_ != Kind::kLoad) {
    if (Releases(order_)) {
      // A read-modify-write continues the release sequence of the store that it reads.
      object_.sent = context_->OnSend(kind_ == Kind::kUpdate ? object_.sent : lockgraph::Sent{});
    } else {
      context_->OnPublication();
      if (kind_ == Kind::kStore) object_.sent = lockgraph::Sent{};
    }
  }
  if (CurrentTask() == nullptr) object_.lock.Release();
}

void AtomicOperation::Failed(std::memory_order order) {
  kind_ = Kind::kLoad;
  order_ = order;
  if (Task* task = CurrentTask()) task->scheduler().NoteUnsuccessful();
}

void AtomicOperation::Unchanged() {
  if (Task* task = CurrentTask()) task->scheduler().NoteUnchanged();
}

}  // namespace selvage::internal
