// sigaction() and signal() in front of the C library's: while a handler that was installed by them
// runs, memory accesses are no scheduling points.
//
// A handler interrupts a task wherever it is, between two operations or in the middle of the
// scheduler. What it does is not the task's: the schedule would differ from run to run, by when the
// signal came. Handlers that were installed in other ways (by raw system calls, or before this is
// linked in) are not known here.

#include "selvage/harness/interpose/signal_handler.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>

#include <atomic>

#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_sigaction(int number, const struct sigaction* action,
                                                  struct sigaction* before);
}

namespace selvage::interpose {

void LinkSignalHandler() {}

namespace {

// The program's handler of a signal, in one of its two forms.
struct ProgramHandler {
  std::atomic<void (*)(int)> plain{nullptr};
  std::atomic<void (*)(int, siginfo_t*, void*)> with_info{nullptr};
  std::atomic<bool> in_force{false};  // it is installed, as far as the program knows
};

constexpr int kMostSignals = 65;
constinit ProgramHandler program_handlers[kMostSignals] = {};
constinit runtime::SpinLock install_lock;

// In the place of every handler. The thread pointer stays what it is, whoever was interrupted.
void RunProgramHandler(int number, siginfo_t* info, void* context) {
  ++tsan::ignore_depth;
  const ProgramHandler& handler = program_handlers[number];
  if (const auto with_info = handler.with_info.load()) {
    with_info(number, info, context);
  } else if (const auto plain = handler.plain.load()) {
    plain(number);
  }
  --tsan::ignore_depth;
}

int NextSigaction(int number, const struct sigaction* action, struct sigaction* before) {
  if (&__interceptor_sigaction != nullptr) return __interceptor_sigaction(number, action, before);
  static const auto next =
      reinterpret_cast<int (*)(int, const struct sigaction*, struct sigaction*)>(
          dlsym(RTLD_NEXT, "sigaction"));
  return next(number, action, before);
}

bool IsHandler(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

// As the program has installed it.
struct sigaction AsInstalled(const struct sigaction& action, void (*plain)(int),
                             void (*with_info)(int, siginfo_t*, void*)) {
  struct sigaction original = action;
  if ((action.sa_flags & SA_SIGINFO) == 0 || action.sa_sigaction != &RunProgramHandler) {
    return original;
  }
  if (with_info != nullptr) {
    original.sa_sigaction = with_info;
  } else {
    original.sa_flags &= ~static_cast<int>(SA_SIGINFO);
    original.sa_handler = plain;
  }
  return original;
}

int Sigaction(int number, const struct sigaction* action, struct sigaction* before) {
  if (number <= 0 || number >= kMostSignals) return NextSigaction(number, action, before);
  const runtime::SpinLockHolder holder(install_lock);
  ProgramHandler& handler = program_handlers[number];
  const auto plain_before = handler.plain.load();
  const auto with_info_before = handler.with_info.load();
  struct sigaction marked = {};
  struct sigaction old = {};
  if (action != nullptr) {
    marked = *action;
    if (IsHandler(*action)) {
      const bool with_info = (action->sa_flags & SA_SIGINFO) != 0;
      handler.with_info = with_info ? action->sa_sigaction : nullptr;
      handler.plain = with_info ? nullptr : action->sa_handler;
      marked.sa_sigaction = &RunProgramHandler;
      marked.sa_flags |= static_cast<int>(SA_SIGINFO);
    }
  }
  const int result = NextSigaction(number, action == nullptr ? nullptr : &marked, &old);
  if (result != 0) {
    handler.plain = plain_before;
    handler.with_info = with_info_before;
    return result;
  }
  if (action != nullptr) handler.in_force = IsHandler(*action);
  if (before != nullptr) *before = AsInstalled(old, plain_before, with_info_before);
  return result;
}

}  // namespace

bool ProgramHandles(int number) {
  return number > 0 && number < kMostSignals && program_handlers[number].in_force;
}

void NoteReset(int number) { program_handlers[number].in_force = false; }

}  // namespace selvage::interpose

extern "C" {

int sigaction(int number, const struct sigaction* action, struct sigaction* before) noexcept {
  return selvage::interpose::Sigaction(number, action, before);
}

// With BSD's meaning, as the C library's: the handler stays, and system calls start again.
void (*signal(int number, void (*handler)(int)) noexcept)(int) {
  if (handler == SIG_ERR) {
    errno = EINVAL;
    return SIG_ERR;
  }
  struct sigaction action = {};
  struct sigaction before = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  if (selvage::interpose::Sigaction(number, &action, &before) != 0) return SIG_ERR;
  return before.sa_handler;
}

}  // extern "C"
