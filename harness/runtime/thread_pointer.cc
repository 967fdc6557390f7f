#include "selvage/harness/runtime/thread_pointer.h"

#include <asm/unistd.h>
#include <sys/auxv.h>

#if defined(__x86_64__)
#include <asm/prctl.h>
#endif

namespace selvage::runtime {

#if defined(__x86_64__)

namespace {

constexpr unsigned long kHwcap2FsGsBase = 1UL << 1;

bool InstructionAllowed() { return (getauxval(AT_HWCAP2) & kHwcap2FsGsBase) != 0; }

bool use_instruction = InstructionAllowed();

}  // namespace

std::uintptr_t ReadThreadPointer() {
  std::uintptr_t value;
  asm volatile("mov %%fs:0, %0"
               : "=r"(value));  // the psABI keeps the thread pointer's own value there
  return value;
}

void WriteThreadPointer(std::uintptr_t value) {
  if (use_instruction) {
    asm volatile("wrfsbase %0" : : "r"(value) : "memory");
    return;
  }
  // A raw system call: the C library's wrapper would write errno, which is a thread_local.
  long result = __NR_arch_prctl;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(static_cast<long>(ARCH_SET_FS)), "S"(value)
               : "rcx", "r11", "memory");
}

ThreadPointerMechanism UseThreadPointerMechanism(ThreadPointerMechanism mechanism) {
  const auto before =
      use_instruction ? ThreadPointerMechanism::kInstruction : ThreadPointerMechanism::kSystemCall;
  use_instruction = mechanism == ThreadPointerMechanism::kInstruction && InstructionAllowed();
  return before;
}

#elif defined(__aarch64__)

std::uintptr_t ReadThreadPointer() {
  std::uintptr_t value;
  asm volatile("mrs %0, tpidr_el0" : "=r"(value));
  return value;
}

void WriteThreadPointer(std::uintptr_t value) {
  asm volatile("msr tpidr_el0, %0" : : "r"(value) : "memory");
}

ThreadPointerMechanism UseThreadPointerMechanism(ThreadPointerMechanism) {
  return ThreadPointerMechanism::kInstruction;
}

#else
#error "selvage: the thread pointer of this architecture is not known; see thread_pointer.h"
#endif

}  // namespace selvage::runtime
