#include "selvage/harness/crash/guard.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <exception>
#include <iterator>
#include <string>

#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/exception_text.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::crash {
namespace {

constexpr int kExitCodeUnfinished = 3;

constexpr std::size_t kFatalCount = std::size(kFatalSignals);

constexpr std::size_t kMostGuards = 64;
constexpr int kMostFrames = 48;
constexpr std::string_view kAtExit = "exit(";

// Read by signal handlers: guards enter and leave one by one, the rest changes while there is none.
constinit std::atomic<const Guard*> guards[kMostGuards] = {};
constinit std::atomic<bool> told{false};
struct sigaction actions_before[kFatalCount];
std::terminate_handler terminate_before = nullptr;

// Who installs and removes the handlers.
constinit runtime::SpinLock guards_lock;
int guard_count = 0;
bool has_exit_handler = false;

void OnFatalSignal(int number, siginfo_t* info, void*) {
  Guard::Tell(SignalName(number), 2, IsStackOverflow(number, *info));
  for (std::size_t i = 0; i < kFatalCount; ++i) {
    if (kFatalSignals[i] == number) PassOn(number, *info, actions_before[i]);
  }
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

void OnExit(int status, void*) {
  char how[32];
  snprintf(how, sizeof(how), "%.*s%d)", static_cast<int>(kAtExit.size()), kAtExit.data(), status);
  if (!Guard::Tell(how, 2)) return;
  // What the remaining exit handlers do is no part of the schedule, which nobody will go on with.
  runtime::current_task = nullptr;
  // The C library goes on with the handlers that are left, and ends with this code.
  if (status == 0) exit(kExitCodeUnfinished);
}

void InstallHandlers() {
  for (std::size_t i = 0; i < kFatalCount; ++i)
    actions_before[i] = SetRawHandler(kFatalSignals[i], &OnFatalSignal);
  terminate_before = std::set_terminate(&OnTerminate);
  if (!has_exit_handler) on_exit(&OnExit, nullptr);
  has_exit_handler = true;
}

// What the program has installed meanwhile stays.
void RemoveHandlers() {
  for (std::size_t i = 0; i < kFatalCount; ++i) {
    if (Runs(RawAction(kFatalSignals[i]), &OnFatalSignal))
      RestoreRawAction(kFatalSignals[i], actions_before[i]);
  }
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

__attribute__((noinline)) bool Guard::Tell(std::string_view how, int skip, bool stack_overflow) {
  const tsan::IgnoreScope unseen;
  const runtime::Task* task = runtime::CurrentTask();
  for (const std::atomic<const Guard*>& place : guards) {
    const Guard* guard = place.load();
    if (guard == nullptr || guard->process_ != getpid()) continue;
    const runtime::Scheduler& scheduler = guard->scheduler_;
    if (task == nullptr ? scheduler.running() == nullptr : &task->scheduler() != &scheduler) {
      continue;
    }
    if (told.exchange(true)) return true;
    std::uintptr_t stack[kMostFrames];
    const int depth = report::CaptureStack(stack, kMostFrames, skip);
    const auto buffered =
        how.starts_with(kAtExit) ? output::Buffered::kIsWritten : output::Buffered::kIsLost;
    guard->teller_.TellOfDeath(
        {how, task, stack_overflow, {stack, static_cast<std::size_t>(depth)}, buffered});
    return true;
  }
  return false;
}

}  // namespace selvage::crash
