#include "selvage/harness/lockgraph/stuck.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/lockgraph/endings.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/report/borrowed_symbolizer.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage::lockgraph {
namespace {

// How often it has given the processor up; 0 unless it sleeps.
std::uint64_t SwitchesOfSleeper(pid_t thread) {
  std::FILE* file = std::fopen(absl::StrCat("/proc/self/task/", thread, "/status").c_str(), "re");
  if (file == nullptr) return 0;
  std::uint64_t switches = 0;
  bool sleeps = false;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    char state = 0;
    unsigned long long count = 0;
    if (std::sscanf(line, "State: %c", &state) == 1) sleeps = state == 'S';
    if (std::sscanf(line, "voluntary_ctxt_switches: %llu", &count) == 1 ||
        std::sscanf(line, "nonvoluntary_ctxt_switches: %llu", &count) == 1) {
      switches += count;
    }
  }
  std::fclose(file);
  return sleeps ? switches : 0;
}

// A handler might wake a thread, or end the program in its own way. Those for faults do neither, and
// sanitizers have them; the C library's own signals are for threads.
bool ProgramHandlesSignals() {
  constexpr int kOfFaults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
  for (int signal = 1; signal < SIGRTMAX; ++signal) {
    if (std::count(std::begin(kOfFaults), std::end(kOfFaults), signal) != 0) continue;
    struct sigaction action;
    if (sigaction(signal, nullptr, &action) != 0) continue;
    if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
    if (!IsReportingHandler(action)) return true;
  }
  return false;
}

bool IsGone(pid_t thread) {
  return syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH;
}

}  // namespace

std::vector<pid_t> KernelThreads() {
  std::vector<pid_t> threads;
  DIR* directory = opendir("/proc/self/task");
  if (directory == nullptr) return threads;
  while (const dirent* entry = readdir(directory)) {
    if (const pid_t thread = std::atoi(entry->d_name); thread > 0) threads.push_back(thread);
  }
  closedir(directory);
  return threads;
}

StuckWatch::StuckWatch(Recorder& recorder, std::vector<pid_t> bystanders)
    : recorder_(recorder), bystanders_(std::move(bystanders)) {}

// Fills `waiters` with those of the recorded threads that wait. False if another one does not.
bool StuckWatch::ListWaiters(std::vector<Waiter>& waiters) const {
  bool all = true;
  runtime::SpinLockHolder guard(recorder_.lock_);
  for (ThreadContext* context : recorder_.contexts_) {
    if (context->record_->context != context) continue;
    const std::uint32_t count = context->wait_count_.load(std::memory_order_seq_cst);
    if (count % 2 == 0) {
      all = false;
    } else {
      waiters.push_back({context, count, 0});
    }
  }
  return all && !waiters.empty();
}

void StuckWatch::Note(const std::vector<Waiter>& waiters, OccurrenceKind kind) const {
  Array<ThreadContext*> threads;
  for (const Waiter& waiter : waiters) threads.Append(waiter.context);
  recorder_.NoteBlocked(threads, kind);
}

// A lock that is not given back before its holder's kernel thread is gone never will be.
bool StuckWatch::FindEndedOwner(const std::vector<Waiter>& waiters) const {
  for (const Waiter& waiter : waiters) {
    const LockRecord& lock = *waiter.context->blocked_on_.load(std::memory_order_relaxed);
    if (lock.thread != nullptr || !BelongsToItsHolder(lock)) continue;
    if (lock.owner.load(std::memory_order_seq_cst) != kOwnerHasEnded) continue;
    if (!IsGone(lock.ended_owner->kernel_thread)) continue;
    if (waiter.context->wait_count_.load(std::memory_order_seq_cst) != waiter.wait_count) continue;
    Note({waiter}, OccurrenceKind::kOwnerEnded);
    return true;
  }
  return false;
}

StuckWatch::Answer StuckWatch::Look() {
  const SlowScope inside;
  std::vector<Waiter> waiters;
  bool still = ListWaiters(waiters);
  if (FindEndedOwner(waiters)) return Answer::kForEver;
  std::size_t strangers = 0;
  if (still) {
    for (const pid_t thread : KernelThreads()) {
      if (std::count(bystanders_.begin(), bystanders_.end(), thread) != 0) continue;
      const auto waiter = std::find_if(waiters.begin(), waiters.end(), [&](const Waiter& one) {
        return one.context->kernel_thread_ == thread;
      });
      if (waiter == waiters.end()) {
        ++strangers;
      } else {
        waiter->switches = SwitchesOfSleeper(thread);
      }
    }
    still = std::all_of(waiters.begin(), waiters.end(),
                        [](const Waiter& waiter) { return waiter.switches != 0; });
  }
  if (!still || waiters != waiters_ || strangers != strangers_) {
    waiters_ = still ? std::move(waiters) : std::vector<Waiter>();
    strangers_ = strangers;
    found_ = 0;
    return Answer::kNo;
  }
  if (strangers == 0 && !ProgramHandlesSignals()) {
    Note(waiters, OccurrenceKind::kAllWait);
    return Answer::kForEver;
  }
  return ++found_ == kPatience ? Answer::kAllKnownWait : Answer::kNo;
}

std::string StuckWatch::Describe() const {
  const SlowScope inside;
  const report::BorrowedSymbolizer symbolizer;
  std::string text;
  for (const Waiter& waiter : waiters_) {
    const ThreadRecord& thread = *waiter.context->record_;
    const LockRecord& object = *waiter.context->blocked_on_.load(std::memory_order_relaxed);
    const std::string what =
        object.thread != nullptr ? "the end of a thread"
        : object.origin->name != nullptr && *object.origin->name != '\0'
            ? absl::StrCat(object.origin->type, " '", object.origin->name, "'")
            : std::string(object.origin->type);
    const auto frame = report::FirstUserFrame(
        symbolizer->Resolve(waiter.context->blocked_site_.load(std::memory_order_relaxed)));
    absl::StrAppend(&text, "    ",
                    thread.name != nullptr && *thread.name != '\0' ? thread.name : "a thread",
                    " waits for ", what);
    if (!frame.file.empty()) absl::StrAppend(&text, " at ", frame.file, ":", frame.line);
    text += "\n";
  }
  if (strangers_ != 0) {
    absl::StrAppend(&text, "  ", strangers_,
                    strangers_ == 1 ? " other thread of the process may still wake them\n"
                                    : " other threads of the process may still wake them\n");
  } else {
    text += "  a signal handler of the program may still wake them\n";
  }
  return text;
}

}  // namespace selvage::lockgraph
