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
constinit bool program_has_instrumented_code = false;

void AccessMemory(Task& task, OpKind kind, const void* address, std::uint32_t size,
                  void* return_address) {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (native_mutexes_held != 0) return task.scheduler().UnseenAccess(task, kind, at);
  task.scheduler().MemoryAccess(task, kind, at, size,
                                reinterpret_cast<std::uintptr_t>(return_address));
}

namespace {

// An atomic load or store comes next at this address, if it is one.
__attribute__((always_inline)) inline void OnAccess(OpKind kind, const void* address,
                                                    std::uint32_t size, void* return_address) {
  Task* task = CurrentTask();
  if (task == nullptr || tsan::ignore_depth != 0) return;
  AccessMemory(*task, kind, address, size, return_address);
  announced_access = address;
}

}  // namespace
}  // namespace selvage::runtime

#define SELVAGE_ACCESS_CALLBACK(name, size, kind)                             \
  extern "C" void name##size(const void* address) {                           \
    selvage::runtime::OnAccess(selvage::runtime::OpKind::kind, address, size, \
                               __builtin_return_address(0));                  \
  }

SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load, 1, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load, 2, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load, 4, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load, 8, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_load, 16, kLoad)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store, 1, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store, 2, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store, 4, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store, 8, kStore)
SELVAGE_ACCESS_CALLBACK(__sanitizer_cov_store, 16, kStore)
