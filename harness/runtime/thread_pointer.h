// The thread pointer: the register from which compiled code finds its thread_locals.
//
// x86-64: FS.base (System V psABI, "Thread-Local Storage"). It is written by `wrfsbase` where the
// kernel allows it in user mode (AT_HWCAP2 bit 1, Linux Documentation/x86/x86_64/fsgs.rst), and by
// arch_prctl(ARCH_SET_FS) elsewhere. aarch64: TPIDR_EL0, always writable in user mode.
//
// Nothing may touch a thread_local between a write of the thread pointer and the stack switch that
// belongs to it.
#ifndef SELVAGE_HARNESS_RUNTIME_THREAD_POINTER_H_
#define SELVAGE_HARNESS_RUNTIME_THREAD_POINTER_H_

#include <cstdint>

namespace selvage::runtime {

enum class ThreadPointerMechanism {
  kInstruction,  // one unprivileged instruction
  kSystemCall,   // the fallback on x86-64 kernels without FSGSBASE
};

// The thread pointer of the calling thread.
std::uintptr_t ReadThreadPointer();

// Makes `value`, once returned by ReadThreadPointer() in a thread that is still alive, the thread
// pointer.
void WriteThreadPointer(std::uintptr_t value);

// Chooses how WriteThreadPointer works from now on and returns what was in force before. The best
// available mechanism is chosen at start; kInstruction is refused (no change) where the kernel does
// not allow it. Not thread-safe: call it while no schedule runs.
ThreadPointerMechanism UseThreadPointerMechanism(ThreadPointerMechanism mechanism);

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_THREAD_POINTER_H_
