#include "selvage/harness/lockgraph/reporter.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/endings.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/lockgraph/stuck.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/kernel_thread.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::lockgraph {
namespace {

using std::chrono::steady_clock;

constexpr auto kLook = std::chrono::seconds(1);
// A report of what was recorded is at most so much older than the last word of the process, or
// twenty times what it takes to write.
constexpr auto kFirstReport = std::chrono::seconds(1);
constexpr auto kBetweenReports = std::chrono::seconds(5);
constexpr int kShareOfTime = 20;
// Whoever starts the reporter waits no longer for it.
constexpr auto kLongestBeginning = std::chrono::seconds(5);

enum class Request : std::uint32_t { kNone, kWrite, kEndProcess, kStop };

struct State {
  std::atomic<bool> runs{false};
  ProcessReport* report = nullptr;
  pthread_t thread;
  std::vector<pid_t> threads_before;        // of the process
  std::atomic<bool> is_there{false};        // and answers
  std::atomic<std::uint32_t> has_begun{0};  // slept on by who starts it
  std::atomic<int> signal{0};               // the first one that ends the process
  std::atomic<bool> ends_process{false};
  std::atomic<std::uint32_t> request{0};  // slept on by the reporter
  std::atomic<std::uint32_t> done{0};     // slept on by who has asked
};

// Used in signal handlers and after the end of main().
State& Reporter() {
  static State& state = *new State;
  return state;
}

// A sanitizer starts a thread of its own with the first one of the program. What else has appeared
// may be anybody's.
std::vector<pid_t> Bystanders(const std::vector<pid_t>& threads_before) {
  std::vector<pid_t> appeared;
  for (const pid_t thread : KernelThreads()) {
    if (thread == runtime::KernelThread()) continue;
    if (std::count(threads_before.begin(), threads_before.end(), thread) == 0) {
      appeared.push_back(thread);
    }
  }
  if (!tsan::Present() || appeared.size() != 1) appeared.clear();
  appeared.push_back(runtime::KernelThread());
  return appeared;
}

void AskReporter(Request request) {
  State& state = Reporter();
  state.request.store(static_cast<std::uint32_t>(request), std::memory_order_release);
  runtime::FutexWake(state.request, 1);
}

std::string Ended(int signal) {
  return absl::StrCat("signal ", signal, " (", strsignal(signal), ")");
}

void ReportStandstill(StuckWatch& watch, ProcessReport& report) {
  switch (watch.Look()) {
    case StuckWatch::Answer::kNo:
      return;
    case StuckWatch::Answer::kAllKnownWait: {
      const std::string text =
          absl::StrCat("selvage: every recorded thread has waited for ", StuckWatch::kPatience,
                       " seconds, without a deadline\n", watch.Describe());
      std::fwrite(text.data(), 1, text.size(), stderr);
      return;
    }
    case StuckWatch::Answer::kForEver:
      EndDeadlockedProcess(report);
  }
}

void* ReportUntilStopped(void*) {
  const SlowScope inside;
  prctl(PR_SET_NAME, "selvage");
  State& state = Reporter();
  ProcessReport& report = *state.report;
  StuckWatch watch(Recorder::Process(), Bystanders(state.threads_before));
  state.is_there.store(true, std::memory_order_release);
  state.has_begun.store(1, std::memory_order_release);
  runtime::FutexWake(state.has_begun, 1);

  auto next_report = steady_clock::now() + kFirstReport;
  for (;;) {
    runtime::FutexWait(state.request, static_cast<std::uint32_t>(Request::kNone),
                       steady_clock::now() + kLook);
    const auto request = static_cast<Request>(state.request.load(std::memory_order_acquire));
    if (request == Request::kStop) return nullptr;
    if (request != Request::kNone) {
      const int signal = state.signal.load();
      (void)report.WriteLast(Ended(signal));
      if (request == Request::kEndProcess) DieOf(signal);
      state.request.store(0, std::memory_order_relaxed);
      state.done.store(1, std::memory_order_release);
      runtime::FutexWake(state.done, runtime::kWakeAll);
      continue;
    }
    ReportStandstill(watch, report);
    const auto begin = steady_clock::now();
    if (begin < next_report || !report.HasNews()) continue;
    (void)report.WriteSoFar();
    const auto end = steady_clock::now();
    next_report =
        end + std::max<steady_clock::duration>(kBetweenReports, kShareOfTime * (end - begin));
  }
}

}  // namespace

void StartReporter(ProcessReport& report) {
  State& state = Reporter();
  if (state.runs.load(std::memory_order_relaxed) || state.runs.exchange(true)) return;
  const SlowScope inside;
  state.report = &report;
  state.request = 0;
  state.threads_before = KernelThreads();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  state.has_begun = 0;
  if (pthread_create(&state.thread, nullptr, &ReportUntilStopped, nullptr) != 0) {
    state.runs = false;
  } else {
    // It must know a sanitizer's thread from the program's own, which begin later; and a signal
    // that comes at once finds it.
    const auto until = steady_clock::now() + kLongestBeginning;
    while (state.has_begun.load(std::memory_order_acquire) == 0 &&
           runtime::FutexWait(state.has_begun, 0, until)) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool StopReporter() {
  State& state = Reporter();
  if (!state.runs) return false;
  const SlowScope inside;
  AskReporter(Request::kStop);
  pthread_join(state.thread, nullptr);
  ForgetReporter();
  return true;
}

void ForgetReporter() {
  Reporter().is_there = false;
  Reporter().runs = false;
}

bool ReporterRuns() { return Reporter().runs; }

bool LetReporterEndProcess(int signal) {
  State& state = Reporter();
  int none = 0;
  if (!state.is_there || !state.signal.compare_exchange_strong(none, signal)) return false;
  state.ends_process = true;
  AskReporter(Request::kEndProcess);
  return true;
}

bool LetReporterWrite(int signal) {
  State& state = Reporter();
  int none = 0;
  if (!state.is_there || !state.signal.compare_exchange_strong(none, signal)) return false;
  state.done = 0;
  AskReporter(Request::kWrite);
  const auto deadline = steady_clock::now() + std::chrono::seconds(kMostSecondsToWrite);
  while (state.done == 0 && runtime::FutexWait(state.done, 0, deadline)) {
  }
  return true;
}

bool ReporterEndsProcess() { return Reporter().ends_process; }

void DieOf(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  syscall(SYS_tgkill, getpid(), runtime::KernelThread(), signal);
  // Not reached by a signal that ends processes.
  syscall(SYS_exit_group, 128 + signal);
  __builtin_unreachable();
}

}  // namespace selvage::lockgraph
