#include "selvage/primitives/shared.h"

#include "selvage/harness/runtime/atomic_access.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/primitives/call_site.h"

namespace selvage::internal {
namespace {

void Announce(runtime::Object& object, const void* address, std::size_t size, runtime::OpKind kind,
              std::uintptr_t site) {
  runtime::Task* task = runtime::CurrentTask();
  if (task == nullptr) return;
  runtime::Scheduler& scheduler = task->scheduler();
  scheduler.EnterVariable(object, address);
  scheduler.Point(*task, kind, runtime::ObjectId{reinterpret_cast<std::uintptr_t>(address)}, site,
                  static_cast<std::uint32_t>(size));
  runtime::announced_access = address;
}

}  // namespace

void BeforeSharedLoad(runtime::Object& object, const void* address, std::size_t size) {
  Announce(object, address, size, runtime::OpKind::kLoad, SELVAGE_CALL_SITE());
}

void BeforeSharedStore(runtime::Object& object, const void* address, std::size_t size) {
  Announce(object, address, size, runtime::OpKind::kStore, SELVAGE_CALL_SITE());
}

}  // namespace selvage::internal
