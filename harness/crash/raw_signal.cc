#include "selvage/harness/crash/raw_signal.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "selvage/harness/runtime/kernel_thread.h"
#include "selvage/harness/runtime/scheduler.h"

// The C library's own name of sigaction() (glibc), which nobody overrides.
extern "C" int __sigaction(int number, const struct sigaction* action, struct sigaction* before);

namespace selvage::crash {

struct sigaction SetRawHandler(int number, Handler handler, int flags) {
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_sigaction = handler;
  action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK) | flags;
  sigfillset(&action.sa_mask);
  __sigaction(number, &action, &before);
  return before;
}

void RestoreRawAction(int number, const struct sigaction& action) {
  __sigaction(number, &action, nullptr);
}

struct sigaction RawAction(int number) {
  struct sigaction action = {};
  __sigaction(number, nullptr, &action);
  return action;
}

bool Runs(const struct sigaction& action, Handler handler) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == handler;
}

bool IsStackOverflow(int number, const siginfo_t& info) {
  const runtime::Task* task = runtime::CurrentTask();
  // The kernel's own signals have a positive code; see sigaction(2).
  return number == SIGSEGV && info.si_code > 0 && task != nullptr &&
         runtime::Scheduler::IsBeyondStack(*task, reinterpret_cast<std::uintptr_t>(info.si_addr));
}

const char* SignalName(int number) {
  switch (number) {
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGABRT:
      return "SIGABRT";
    case SIGTRAP:
      return "SIGTRAP";
    case SIGSYS:
      return "SIGSYS";
    case SIGINT:
      return "SIGINT";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "a signal";
  }
}

void PassOn(int number, const siginfo_t& info, const struct sigaction& before) {
  const int error_before = errno;
  RestoreRawAction(number, before);
  if (info.si_code <= 0) {  // not the kernel's own
    siginfo_t again = info;
    // Blocked until the handler returns. To this kernel thread, which a task shares with all
    // others, and which is not the one that pthread_self() names.
    syscall(SYS_rt_tgsigqueueinfo, getpid(), runtime::KernelThread(), number, &again);
  }
  errno = error_before;
}

}  // namespace selvage::crash
