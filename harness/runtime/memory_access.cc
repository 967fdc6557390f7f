// Scheduling points at plain memory: the callbacks of clang's
// -fsanitize-coverage=func,trace-loads,trace-stores (clang.llvm.org/docs/SanitizerCoverage.html,
// "Tracing data flow"), called before each access of instrumented code.
//
// The sanitizers' runtimes have weak, empty versions of these; ours are strong and live in a file
// of their own.

#include "selvage/harness/runtime/memory_access.h"

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::runtime {

void LinkMemoryAccessCallbacks() {}

constinit thread_local int native_mutexes_held = 0;

void AccessMemory(Task& task, OpKind kind, const void* address, void* return_address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (native_mutexes_held != 0) return task.scheduler().UnseenAccess(task, kind, at);
  task.scheduler().MemoryAccess(task, kind, at, reinterpret_cast<std::uintptr_t>(return_address));
}

namespace {

// An atomic load or store comes next at this address, if it is one.
__attribute__((always_inline)) inline void OnAccess(OpKind kind, const void* address,
                                                    void* return_address) {
  Task* task = CurrentTask();
  if (task == nullptr || tsan::ignore_depth != 0) return;
  AccessMemory(*task, kind, address, return_address);
  announced_access = address;
}

}  // namespace
}  // namespace selvage::runtime

#define SELVAGE_ACCESS_CALLBACK(name, kind)                             \
  extern "C" void name(const void* address) {                           \
    selvage::runtime::OnAccess(selvage::runtime::OpKind::kind, address, \
                               __builtin_return_address(0));            \
  }

SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load1, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load2, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load4, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load8, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load16, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store1, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store2, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store4, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store8, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store16, kStore)
