#include "selvage/harness/crash/watchdog.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/crash/system_call.h"
#include "selvage/harness/report/stack.h"
#include "selvage/harness/report/symbolize.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/kernel_thread.h"

namespace selvage::crash {
namespace {

using runtime::FutexWait;
using runtime::FutexWake;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

// By which the driver is asked for its stack: one that hardly any program handles, and this one is
// about to end.
constexpr int kStackSignal = SIGURG;
constexpr nanoseconds kPatienceForStack = std::chrono::seconds(1);
constexpr nanoseconds kPatienceWithInterruption = std::chrono::seconds(1);

struct DriverStack {
  static constexpr int kMost = 48;

  std::uintptr_t addresses[kMost];
  int depth;
  std::atomic<std::uint32_t> taken;
};
constinit DriverStack driver_stack = {};

// Does not return: the system call that was interrupted would, and the task go on.
void OnStackSignal(int, siginfo_t*, void*) {
  driver_stack.depth = report::CaptureStack(driver_stack.addresses, DriverStack::kMost, 1);
  driver_stack.taken.store(1, std::memory_order_release);
  FutexWake(driver_stack.taken, 1);
  for (;;) FutexWait(driver_stack.taken, 1);
}

std::span<const std::uintptr_t> StackOf(int thread) {
  SetRawHandler(kStackSignal, &OnStackSignal);
  syscall(SYS_tgkill, getpid(), thread, kStackSignal);
  const auto until = steady_clock::now() + kPatienceForStack;
  while (driver_stack.taken.load(std::memory_order_acquire) == 0) {
    if (!FutexWait(driver_stack.taken, 0, until)) return {};
  }
  return {driver_stack.addresses, static_cast<std::size_t>(driver_stack.depth)};
}

}  // namespace

Watchdog::Watchdog(const runtime::Scheduler& scheduler, nanoseconds limit, End end)
    : scheduler_(scheduler),
      limit_(limit),
      end_(std::move(end)),
      driver_(static_cast<int>(runtime::KernelThread())) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&thread_, nullptr, &Watchdog::ThreadMain, this) != 0) thread_ = pthread_t{};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Watchdog::~Watchdog() {
  if (thread_ == pthread_t{}) return;
  stop_.store(1, std::memory_order_release);
  FutexWake(stop_, 1);
  pthread_join(thread_, nullptr);
}

void* Watchdog::ThreadMain(void* self) {
  static_cast<Watchdog*>(self)->Watch();
  return nullptr;
}

void Watchdog::Watch() {
  const nanoseconds interval =
      std::clamp<nanoseconds>(limit_ / 8, std::chrono::milliseconds(1), std::chrono::seconds(1));
  std::uint64_t seen = scheduler_.progress();
  steady_clock::time_point since = steady_clock::now();
  while (stop_.load(std::memory_order_acquire) == 0) {
    FutexWait(stop_, 0, steady_clock::now() + interval);
    const std::uint64_t progress = scheduler_.progress();
    const runtime::Task* running = scheduler_.running();
    const steady_clock::time_point now = steady_clock::now();
    const nanoseconds patience =
        Interruption() != 0 ? std::min(limit_, kPatienceWithInterruption) : limit_;
    if (progress != seen || running == nullptr) {
      seen = progress;
      since = now;
    } else if (now - since >= patience) {
      Bite(*running, now - since);
    }
  }
}

void Watchdog::Bite(const runtime::Task& stuck, nanoseconds idle) const {
  const std::optional<long> call = SystemCallOf(driver_);
  std::string doing = "running without an operation";
  if (call && *call >= 0) {
    doing = absl::StrCat("blocked in the system call ", SystemCallName(*call));
  }
  end_({stuck, idle, std::move(doing), StackOf(driver_)});
}

std::string DescribeStuckTask(const StuckTask& stuck, const std::string& test) {
  std::string text = absl::StrCat("selvage: stuck in '", test, "': ", stuck.task.Description(),
                                  " has passed no scheduling point for ",
                                  absl::FormatDuration(absl::FromChrono(
                                      std::chrono::floor<std::chrono::milliseconds>(stuck.idle))));
  const runtime::Op& last = stuck.task.pending();
  absl::StrAppend(&text, "\n  last operation: ", OpKindName(last.kind));
  if (last.site != 0) {
    report::Symbolizer symbolizer;
    const report::Frame frame = report::FirstUserFrame(symbolizer.Resolve(last.site));
    if (frame.line != 0) absl::StrAppend(&text, " at ", report::ShortLocation(frame));
  }
  absl::StrAppend(&text, "\n  now: ", stuck.doing, "\n");
  return text;
}

}  // namespace selvage::crash
