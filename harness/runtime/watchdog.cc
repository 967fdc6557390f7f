#include "selvage/harness/runtime/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "selvage/harness/report/symbolize.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {
namespace {

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

constexpr int kExitCodeUnfinished = 3;

// What the kernel says the thread does: "running", or the number of the system call it is in. Empty
// if it does not say.
std::string SystemCallOf(int thread) {
  const int file =
      open(absl::StrCat("/proc/self/task/", thread, "/syscall").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  char text[64];
  const ssize_t size = read(file, text, sizeof(text));
  close(file);
  if (size <= 0) return "";
  const std::string line(text, static_cast<std::size_t>(size));
  return line.substr(0, line.find_first_of(" \n"));
}

}  // namespace

Watchdog::Watchdog(const Scheduler& scheduler, nanoseconds limit, std::string test)
    : scheduler_(scheduler),
      limit_(limit),
      test_(std::move(test)),
      driver_(static_cast<int>(syscall(SYS_gettid))) {
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
    const Task* running = scheduler_.running();
    const steady_clock::time_point now = steady_clock::now();
    if (progress != seen || running == nullptr) {
      seen = progress;
      since = now;
    } else if (now - since >= limit_) {
      Die(*running, now - since);
    }
  }
}

std::string Watchdog::Describe(const Task& stuck, nanoseconds idle) const {
  std::string text = absl::StrCat(
      "selvage: stuck in '", test_, "': ", stuck.Description(),
      " has passed no scheduling point for ",
      absl::FormatDuration(absl::FromChrono(std::chrono::floor<std::chrono::milliseconds>(idle))));
  const Op& last = stuck.pending();
  absl::StrAppend(&text, "\n  last operation: ", OpKindName(last.kind));
  if (last.site != 0) {
    report::Symbolizer symbolizer;
    const report::Frame frame = report::FirstUserFrame(symbolizer.Resolve(last.site));
    if (frame.line != 0) absl::StrAppend(&text, " at ", report::ShortLocation(frame));
  }
  const std::string call = SystemCallOf(driver_);
  if (!call.empty()) {
    absl::StrAppend(&text, "\n  now: ",
                    call == "running" ? std::string("running, in a loop without operations?")
                                      : absl::StrCat("in system call number ", call));
  }
  absl::StrAppend(&text,
                  "\n  Code under control must not block outside the primitives, nor spin on "
                  "variables that the schedule "
                  "cannot see.\n");
  return text;
}

void Watchdog::Die(const Task& stuck, nanoseconds idle) const {
  {
    const tsan::IgnoreScope unseen;
    const std::string text = Describe(stuck, idle);
    for (std::size_t written = 0; written < text.size();) {
      const ssize_t n = write(STDERR_FILENO, text.data() + written, text.size() - written);
      if (n <= 0) break;
      written += static_cast<std::size_t>(n);
    }
  }
  if (scheduler_.announcement() != nullptr) scheduler_.announcement()->stuck = true;
  // Not _exit(): a sanitizer would put its own exit code in the place of this one.
  syscall(SYS_exit_group, kExitCodeUnfinished);
  __builtin_unreachable();
}

}  // namespace selvage::runtime
