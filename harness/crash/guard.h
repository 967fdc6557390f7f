// What a process still says when it ends in the middle of a schedule.
#ifndef SELVAGE_HARNESS_CRASH_GUARD_H_
#define SELVAGE_HARNESS_CRASH_GUARD_H_

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "selvage/harness/crash/alternative_stack.h"
#include "selvage/harness/output/silence.h"
#include "selvage/harness/runtime/scheduler.h"

namespace selvage::crash {

// How the process ends. Refers to memory of whoever tells.
struct Death {
  // "SIGSEGV", "exit(0)", "std::terminate: std::runtime_error: no network".
  std::string_view how;
  // Who ends it; null: a thread that is no task of the exploration.
  const runtime::Task* task = nullptr;
  // It has run out of its stack.
  bool stack_overflow = false;
  // Return addresses, innermost first; empty if unknown.
  std::span<const std::uintptr_t> stack = {};
  output::Buffered buffered = output::Buffered::kIsLost;
};

// Who can say something about the schedule that runs.
class Teller {
 public:
  virtual ~Teller() = default;
  // Writes to stderr what is known of the schedule in which the process ends. Called once at most,
  // in a signal handler, on any thread: must be async-signal-safe.
  virtual void TellOfDeath(const Death& death) const = 0;
};

// While one lives, an end of the process in a schedule of `scheduler` is told of, once, before the
// process ends as it would have: by a signal of its own making (SIGSEGV, SIGABRT, ...), by
// std::terminate, or by exit(), _exit(), _Exit() or quick_exit(), which end with 3 in the place of
// 0. What was installed before is what the signal goes to next, and is put back at the end: a
// sanitizer's handlers, those of a death test. A handler of the program's has the signal first, and
// nothing is told if the program goes on. A process that the body forks is left alone.
//
// Several may live at once, in one thread each; of more than 64 the last ones say nothing. Made and
// destroyed by the driver.
class Guard {
 public:
  // Both outlive the guard.
  Guard(const runtime::Scheduler& scheduler, const Teller& teller);
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // Tells of `how`, if a schedule of a guard runs in this thread, or in any if this one is no task,
  // and nothing was told yet. Returns whether such a schedule runs. `skip`: innermost frames to be
  // left out. Async-signal-safe, as are the others.
  static bool Tell(std::string_view how, int skip, bool stack_overflow = false);
  // Whether such a schedule runs.
  static bool RunsSchedule() { return Current() != nullptr; }
  // A signal has come that a handler of the program's is about to have. Tell() tells of it, too, if
  // the handler ends the process.
  static void NoteSignal(const char* signal, int skip, bool stack_overflow);

 private:
  static const Guard* Current();

  const AlternativeStack stack_;
  const runtime::Scheduler& scheduler_;
  const Teller& teller_;
  const pid_t process_;
};

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_GUARD_H_
