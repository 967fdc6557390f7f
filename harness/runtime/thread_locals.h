// The program's thread_locals, which start anew in each task although the thread that a task runs
// on serves others before and after.
//
// Of the program itself: those of shared libraries, the harness, the sanitizers and GoogleTest stay
// with the thread. Their destructors are harness/interpose's business.
#ifndef SELVAGE_HARNESS_RUNTIME_THREAD_LOCALS_H_
#define SELVAGE_HARNESS_RUNTIME_THREAD_LOCALS_H_

#include <cstdint>

namespace selvage::runtime {

// Finds out which there are, the first time it is called, by the program's symbols: none, if it has
// been stripped. Must not be called by a task. Thread-safe.
void FindThreadLocals();

// Gives those of the thread with this thread pointer the values they start with. Runs no
// destructors. Linear in their size. REQUIRES: no task runs on the thread.
void RenewThreadLocals(std::uintptr_t thread_pointer);

// Whether the address is of such a variable of the calling thread.
bool IsRenewed(const void* address);

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_THREAD_LOCALS_H_
