// Scheduling points at plain memory; see memory_access.cc.
#ifndef SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_
#define SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_

#include "selvage/harness/runtime/atomic_access.h"
#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {

// Does nothing. A call makes the linker take the callbacks out of the library instead of the
// sanitizers' empty ones.
void LinkMemoryAccessCallbacks();

// How many native mutexes the calling thread holds, if harness/interpose counts them. While it is
// not 0, memory accesses are no scheduling points.
extern constinit thread_local int native_mutexes_held __attribute__((tls_model("initial-exec")));

// Whether any code of the program was compiled with -fsanitize=thread, with or without its runtime:
// selvage_instrument() did that, but for AddressSanitizer. Set before main().
extern constinit bool program_has_instrumented_code;

// A plain access of a task to so many bytes; 0: not known.
void AccessMemory(Task& task, OpKind kind, const void* address, std::uint32_t size,
                  void* return_address);

// Before each plain access of code compiled with -fsanitize=thread.
inline void BeforePlainAccess(OpKind kind, const void* address, std::uint32_t size,
                              void* return_address) {
  Task* task = CurrentTask();
  if (task == nullptr) [[likely]]
    return;
  if (tsan::ignore_depth != 0 || announced_operations != 0) return;
  const bool announced = announced_access == address;
  announced_access = nullptr;
  if (!announced) AccessMemory(*task, kind, address, size, return_address);
}

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_
