#include "selvage/harness/crash/fatal_handlers.h"

#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "selvage/harness/interpose/signal_handler.h"

namespace selvage::crash {
namespace {

// Blocks what the kernel would have blocked for the handler `action`, which interrupts `context`.
void BlockFor(int number, const struct sigaction& action, const void* context) {
  sigset_t mask = static_cast<const ucontext_t*>(context)->uc_sigmask;
  for (int other = 1; other < NSIG; ++other) {
    if (sigismember(&action.sa_mask, other) == 1) sigaddset(&mask, other);
  }
  if ((action.sa_flags & static_cast<int>(SA_NODEFER)) == 0) sigaddset(&mask, number);
  // The kernel's set is shorter than the C library's; see rt_sigprocmask(2).
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, NSIG / 8);
}

}  // namespace

void FatalHandlers::Install() {
  for (const int number : kFatalSignals) Before(number) = SetRawHandler(number, handler_);
}

void FatalHandlers::Remove() {
  for (const int number : kFatalSignals) {
    if (Runs(RawAction(number), handler_)) RestoreRawAction(number, Before(number));
  }
}

void FatalHandlers::LetTheProgramHandle(int number, siginfo_t* info, void* context) {
  struct sigaction& before = Before(number);
  const struct sigaction action = before;
  if ((action.sa_flags & static_cast<int>(SA_RESETHAND)) != 0) {
    before = {};
    interpose::NoteReset(number);
  }
  BlockFor(number, action, context);
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(number, info, context);
  } else {
    action.sa_handler(number);
  }
  if (!Runs(RawAction(number), handler_)) before = SetRawHandler(number, handler_);
}

void FatalHandlers::PassOn(int number, const siginfo_t& info) {
  crash::PassOn(number, info, Before(number));
}

struct sigaction& FatalHandlers::Before(int number) {
  std::size_t i = 0;
  while (kFatalSignals[i] != number) ++i;
  return before_[i];
}

}  // namespace selvage::crash
