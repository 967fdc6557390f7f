#include "selvage/harness/crash/guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>

#include "selvage/harness/crash/fatal_handlers.h"
#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/interpose/signal_handler.h"
#include "selvage/harness/lockgraph/endings.h"
#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/exception_text.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::crash {
namespace {

constexpr int kExitCodeUnfinished = 3;

constexpr std::size_t kMostGuards = 64;
constexpr int kMostFrames = 48;

// Read by signal handlers: guards enter and leave one by one, the rest changes while there is none.
constinit std::atomic<const Guard*> guards[kMostGuards] = {};
constinit std::atomic<bool> told{false};
std::terminate_handler terminate_before = nullptr;

// Who installs and removes the handlers.
constinit runtime::SpinLock guards_lock;
int guard_count = 0;
bool has_exit_handler = false;

void OnFatalSignal(int number, siginfo_t* info, void* context);
constinit FatalHandlers fatal_handlers(&OnFatalSignal);

// A signal that the program's own handler has, and what to say of it should it end the process.
struct Handled {
  const char* signal = nullptr;
  bool stack_overflow = false;
  std::uint64_t progress = 0;  // of the scheduler, at the signal
  std::uintptr_t stack[kMostFrames];
  int depth = 0;
};
constinit Handled handled = {};

void OnFatalSignal(int number, siginfo_t* info, void* context) {
  const bool stack_overflow = IsStackOverflow(number, *info);
  if (interpose::ProgramHandles(number)) {
    Guard::NoteSignal(SignalName(number), 2, stack_overflow);
    fatal_handlers.LetTheProgramHandle(number, info, context);
    handled.signal = nullptr;
    return;
  }
  Guard::Tell(SignalName(number), 2, stack_overflow);
  fatal_handlers.PassOn(number, *info);
}

void OnTerminate() {
  {
    const tsan::IgnoreScope unseen;
    const std::exception_ptr thrown = std::current_exception();
    Guard::Tell("std::terminate: " +
                    (thrown ? runtime::DescribeException(thrown) : std::string("no exception")),
                2);
  }
  if (terminate_before != nullptr) terminate_before();
  abort();
}

// The exit code that the process ends with.
int TellOfExit(const char* function, int status, int skip) {
  char how[32];
  if (status == lockgraph::kReplaced) {
    snprintf(how, sizeof(how), "%s()", function);
  } else {
    snprintf(how, sizeof(how), "%s(%d)", function, status);
  }
  const bool passes = status == 0 || status == lockgraph::kReplaced;
  return Guard::Tell(how, skip + 1) && passes ? kExitCodeUnfinished : status;
}

void OnExit(int status, void*) {
  const int code = TellOfExit("exit", status, 2);
  if (!Guard::RunsSchedule()) return;
  // What the remaining exit handlers do is no part of the schedule, which nobody will go on with.
  runtime::current_task = nullptr;
  // The C library goes on with the handlers that are left, and ends with this code.
  if (code != status) exit(code);
}

int OnExitAtOnce(const char* function, int status) { return TellOfExit(function, status, 2); }

void InstallHandlers() {
  fatal_handlers.Install();
  terminate_before = std::set_terminate(&OnTerminate);
  lockgraph::SetExitWatcher(&OnExitAtOnce);
  if (!has_exit_handler) on_exit(&OnExit, nullptr);
  has_exit_handler = true;
}

// What the program has installed meanwhile stays.
void RemoveHandlers() {
  fatal_handlers.Remove();
  lockgraph::SetExitWatcher(nullptr);
  if (std::get_terminate() == &OnTerminate) std::set_terminate(terminate_before);
}

}  // namespace

Guard::Guard(const runtime::Scheduler& scheduler, const Teller& teller)
    : scheduler_(scheduler), teller_(teller), process_(getpid()) {
  const runtime::SpinLockHolder holder(guards_lock);
  if (guard_count++ == 0) InstallHandlers();
  for (std::atomic<const Guard*>& place : guards) {
    const Guard* none = nullptr;
    if (place.compare_exchange_strong(none, this)) return;
  }
}

Guard::~Guard() {
  const runtime::SpinLockHolder holder(guards_lock);
  for (std::atomic<const Guard*>& place : guards) {
    const Guard* self = this;
    if (place.compare_exchange_strong(self, nullptr)) break;
  }
  if (--guard_count == 0) RemoveHandlers();
}

// Whose schedule runs in this thread; in any, if this one is no task. Null: none.
const Guard* Guard::Current() {
  const runtime::Task* task = runtime::CurrentTask();
  for (const std::atomic<const Guard*>& place : guards) {
    const Guard* guard = place.load();
    if (guard == nullptr || guard->process_ != getpid()) continue;
    const runtime::Scheduler& scheduler = guard->scheduler_;
    if (task == nullptr ? scheduler.running() != nullptr : &task->scheduler() == &scheduler) {
      return guard;
    }
  }
  return nullptr;
}

__attribute__((noinline)) void Guard::NoteSignal(const char* signal, int skip,
                                                 bool stack_overflow) {
  const tsan::IgnoreScope unseen;
  const Guard* guard = Current();
  if (guard == nullptr) return;
  handled.stack_overflow = stack_overflow;
  handled.progress = guard->scheduler_.progress();
  handled.depth = report::CaptureStack(handled.stack, kMostFrames, skip);
  handled.signal = signal;
}

__attribute__((noinline)) bool Guard::Tell(std::string_view how, int skip, bool stack_overflow) {
  const tsan::IgnoreScope unseen;
  const Guard* guard = Current();
  if (guard == nullptr) return false;
  if (told.exchange(true)) return true;
  const auto buffered =
      how.starts_with("exit(") ? output::Buffered::kIsWritten : output::Buffered::kIsLost;
  // A handler of the program's may have jumped out, and the task gone on.
  if (handled.signal != nullptr && handled.progress == guard->scheduler_.progress()) {
    char both[128];
    const int size = snprintf(both, sizeof(both), "%s, then %.*s", handled.signal,
                              static_cast<int>(how.size()), how.data());
    guard->teller_.TellOfDeath({{both, std::min(static_cast<std::size_t>(size), sizeof(both) - 1)},
                                runtime::CurrentTask(),
                                handled.stack_overflow,
                                {handled.stack, static_cast<std::size_t>(handled.depth)},
                                buffered});
    return true;
  }
  std::uintptr_t stack[kMostFrames];
  const int depth = report::CaptureStack(stack, kMostFrames, skip);
  guard->teller_.TellOfDeath({how,
                              runtime::CurrentTask(),
                              stack_overflow,
                              {stack, static_cast<std::size_t>(depth)},
                              buffered});
  return true;
}

}  // namespace selvage::crash
