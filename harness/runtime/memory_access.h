// Scheduling points at plain memory; see memory_access.cc.
#ifndef SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_
#define SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_

namespace selvage::runtime {

// Does nothing. A call makes the linker take the callbacks out of the library instead of the
// sanitizers' empty ones.
void LinkMemoryAccessCallbacks();

// How many native mutexes the calling thread holds, if harness/interpose counts them. While it is
// not 0, memory accesses are no scheduling points.
extern constinit thread_local int native_mutexes_held __attribute__((tls_model("initial-exec")));

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_MEMORY_ACCESS_H_
