#include "selvage/harness/runtime/kernel_thread.h"

#include <asm/unistd.h>

namespace selvage::runtime {

// Not by the C library's functions, which the program's tasks have other ones in front of.
pid_t KernelThread() {
#if defined(__x86_64__)
  long result = __NR_gettid;
  asm volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
  return static_cast<pid_t>(result);
#elif defined(__aarch64__)
  register long x8 asm("x8") = __NR_gettid;
  register long x0 asm("x0");
  asm volatile("svc 0" : "=r"(x0) : "r"(x8) : "memory");
  return static_cast<pid_t>(x0);
#endif
}

}  // namespace selvage::runtime
