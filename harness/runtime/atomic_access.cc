#include "selvage/harness/runtime/atomic_access.h"

#include "selvage/harness/runtime/memory_access.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/uncontrolled.h"

namespace selvage::runtime {

constinit thread_local int announced_operations = 0;
constinit thread_local const volatile void* announced_access = nullptr;

void AtomicAccess::Begin(Task& task, const volatile void* address, int order,
                         void* return_address) {
  const auto site = reinterpret_cast<std::uintptr_t>(return_address);
  if (order != __ATOMIC_SEQ_CST) Note(Uncontrolled::kWeakOrder, site, address);
  task.scheduler().NoteUnseenAtomic(task, reinterpret_cast<std::uintptr_t>(address));
  const bool announced = kind_ != OpKind::kRawAtomicUpdate && announced_access == address;
  announced_access = nullptr;
  if (announced) return;
  task_ = &task;
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (native_mutexes_held == 0) {
    is_point_ = task.scheduler().MemoryAccess(task, kind_, at, size_, site);
  }
  if (!is_point_ && Scheduler::IsOnStack(task, at)) task_ = nullptr;
}

void AtomicAccess::End() {
  Scheduler& scheduler = task_->scheduler();
  if (!is_point_) {
    if (effect_ == Effect::kChanged && !IsReadOnly(kind_)) scheduler.NoteProgress(*task_);
  } else if (effect_ == Effect::kFailed) {
    scheduler.NoteUnsuccessful();
  } else if (effect_ == Effect::kUnchanged) {
    scheduler.NoteUnchanged();
  }
}

}  // namespace selvage::runtime
