// Scheduling points at plain memory; see memory_access.cc.
#ifndef SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_
#define SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_

namespace selvage::runtime {

// Does nothing. A call makes the linker take the callbacks out of the library instead of the
// sanitizers' empty ones.
void LinkMemoryAccessCallbacks();

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_
