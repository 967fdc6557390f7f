#include "selvage/harness/lockgraph/endings.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/reporter.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/runtime/forking.h"
#include "selvage/harness/runtime/kernel_thread.h"

// What a sanitizer calls its own version, where it is linked into the program, and a function that
// every sanitizer's runtime has.
extern "C" {
__attribute__((weak)) void __interceptor__exit(int status);
__attribute__((weak)) void __sanitizer_print_stack_trace();
}

namespace selvage::lockgraph {
namespace {

constinit std::atomic<ExitWatcher> exit_watcher{nullptr};

int Watched(const char* function, int status) {
  const ExitWatcher watch = exit_watcher;
  return watch == nullptr ? status : watch(function, status);
}

// Of those that end a process and come from outside it.
constexpr int kSignals[] = {SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGXCPU};
constexpr int kFaults[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

ProcessReport* watched = nullptr;
struct sigaction fault_before[NSIG];  // by signal
bool recording_before_fork = false;
pid_t forker = 0;

[[noreturn]] void ExitAtOnce(int code) {
  syscall(SYS_exit_group, code);  // a sanitizer would put its own code in the place of this one
  __builtin_unreachable();
}

bool IsWatched() { return watched != nullptr && watched->IsOfThisProcess(); }

// The exit code of a program that ends with `status`.
int WriteAtExit(const char* ended, int status) {
  if (!IsWatched()) return status;
  // It ends by a signal, as soon as the report is written.
  while (ReporterEndsProcess()) pause();
  const bool written = watched->WriteLast(ended).ok();
  return written || status != 0 || ReportIsOptional() ? status : kExitCodeUnwritten;
}

void OnExit(int status, void*) {
  const int code = WriteAtExit("exit", status);
  if (code == status) return;
  std::fflush(nullptr);
  ExitAtOnce(code);
}

void OnQuickExit() { WriteAtExit("quick_exit", 0); }

// By a copy of the process, whose one thread is this one.
void WriteInCopy(int signal) {
  const pid_t copy = _Fork();
  if (copy < 0) return;
  if (copy == 0) {
    (void)watched->WriteLast(absl::StrCat("signal ", signal, " (", strsignal(signal), ")"));
    ExitAtOnce(0);
  }
  constexpr timespec kMoment{.tv_sec = 0, .tv_nsec = 10'000'000};
  for (int i = 0; i < kMostSecondsToWrite * 100; ++i) {
    if (waitpid(copy, nullptr, WNOHANG) != 0) return;
    nanosleep(&kMoment, nullptr);
  }
  kill(copy, SIGKILL);
  waitpid(copy, nullptr, 0);
}

// A second one does not wait for the report of the first.
void OnSignal(int signal) {
  const int error = errno;
  if (!IsWatched()) DieOf(signal);
  if (!LetReporterEndProcess(signal)) {
    if (!ReporterRuns()) WriteInCopy(signal);
    DieOf(signal);
  }
  errno = error;
}

void OnFault(int signal, siginfo_t* info, void* context) {
  const struct sigaction& before = fault_before[signal];
  if (IsWatched() && !LetReporterWrite(signal) && !ReporterRuns()) WriteInCopy(signal);
  sigaction(signal, &before, nullptr);
  if ((before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction != nullptr) {
    before.sa_sigaction(signal, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(signal);
  } else if (info == nullptr || info->si_code <= 0) {
    raise(signal);  // takes effect when this returns; a fault happens again by itself
  }
}

void WatchSignals() {
  for (const int signal : kSignals) {
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action = {};
    action.sa_handler = &OnSignal;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
  const bool sanitized = &__sanitizer_print_stack_trace != nullptr;
  for (const int signal : kFaults) {
    struct sigaction& before = fault_before[signal];
    if (sigaction(signal, nullptr, &before) != 0) continue;
    if (before.sa_handler != SIG_DFL && !sanitized) continue;
    struct sigaction action = {};
    action.sa_sigaction = &OnFault;
    action.sa_flags = static_cast<int>(SA_SIGINFO | SA_ONSTACK | SA_NODEFER);
    sigaction(signal, &action, nullptr);
  }
}

// The calling thread uses no primitive that would be recorded from here to the end of the fork.
void BeforeFork() {
  recording_before_fork = process_recording.exchange(false);
  forker = runtime::KernelThread();
  watched->BeforeFork();
  Recorder::Process().BeforeFork();
}

void InParent() {
  Recorder::Process().AfterForkInParent();
  watched->AfterFork();
  process_recording = recording_before_fork;
}

void InChild() {
  ForgetReporter();
  Recorder::Process().AfterForkInChild(forker);
  watched->AfterFork();
  watched->BecomeChild();
  process_recording = recording_before_fork;
}

}  // namespace

void SetExitWatcher(ExitWatcher watch) { exit_watcher = watch; }

void EndForExec(const char* function) {
  const int code = Watched(function, kReplaced);
  if (code != kReplaced) ExitAtOnce(code);
}

bool ReportIsOptional() {
  const char* optional = std::getenv(kOptionalVariable);
  return optional != nullptr && std::string_view(optional) == "1";
}

void WatchEndings(ProcessReport& report) {
  watched = &report;
  on_exit(&OnExit, nullptr);
  at_quick_exit(&OnQuickExit);
  WatchSignals();
  runtime::SetForkHandlers(&BeforeFork, &InParent, &InChild);
}

bool IsReportingHandler(const struct sigaction& action) {
  return action.sa_handler == &OnSignal || action.sa_sigaction == &OnFault;
}

void EndDeadlockedProcess(ProcessReport& report) {
  (void)report.WriteLast("deadlock");
  std::fflush(stderr);
  ExitAtOnce(1);
}

}  // namespace selvage::lockgraph

// In front of the C library's, which calls no handlers. A child of vfork() must not do more either:
// its memory is its parent's.
extern "C" {

void _exit(int status) {
  status = selvage::lockgraph::Watched("_exit", status);
  const int code = selvage::lockgraph::WriteAtExit("_exit", status);
  if (&__interceptor__exit != nullptr) __interceptor__exit(code);
  selvage::lockgraph::ExitAtOnce(code);
}

// No sanitizer intercepts this one, nor changes its code.
void _Exit(int status) noexcept {
  status = selvage::lockgraph::Watched("_Exit", status);
  syscall(SYS_exit_group, selvage::lockgraph::WriteAtExit("_Exit", status));
  __builtin_unreachable();
}

void quick_exit(int status) noexcept {
  status = selvage::lockgraph::Watched("quick_exit", status);
  using QuickExit = void (*)(int);
  const auto next = reinterpret_cast<QuickExit>(dlsym(RTLD_NEXT, "quick_exit"));
  next(status);
  __builtin_unreachable();
}

}  // extern "C"
