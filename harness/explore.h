// Explore: runs a body of concurrent code under many schedules, and says what went wrong in which.
//
// The one public entry of the harness. Uses nothing but the standard library.
#ifndef SELVAGE_HARNESS_EXPLORE_H_
#define SELVAGE_HARNESS_EXPLORE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/finding.h"

namespace selvage {

// What it does to an exploration that a task does something that the harness does not control.
enum class OnUncontrolled : std::uint8_t {
  kWarn,
  kFail,    // a finding (kUncontrolled)
  kIgnore,  // nothing is said; an exhaustive walk is no proof all the same
};

struct Options {
  // The test's name: in reports, and in tokens, so that a token of another test is refused.
  std::string name = "explore";
  // At most this many schedules.
  std::uint64_t schedules = 1'000;
  // At most this long; 0: no limit. Looked at between schedules, directed ones (confirm_cycles)
  // included.
  std::chrono::nanoseconds time_budget{0};
  // All random choices come from it: the same seed, the same schedules.
  std::uint64_t seed = 1;
  // How schedules are chosen: "default" (rff and surw mostly, and urw, pct, pos and sticky in
  // turn), "random", "sticky", "pct", "pct:3", "pos", "surw", "urw", "rff", "exhaustive",
  // "exhaustive:2" (at most two preemptions), "dpor" (exhaustive, but one schedule for all that
  // differ only in the order of operations that commute; where that is not certain, as where code
  // is not instrumented, it is "exhaustive").
  std::string strategy = "default";
  // A replay token: that one schedule is run, and nothing else.
  std::string replay = {};

  // Whether the first failing schedule ends the exploration.
  bool stop_at_first_failure = true;
  // Whether failing schedules are shrunk before they are shown.
  bool shrink = true;
  // Whether lock orders are recorded, over all schedules together, and cycles among them are
  // findings.
  bool lock_order = true;
  // Whether a cycle that could deadlock is tried: up to 200 schedules more, which hold each task at
  // its request until the others are at theirs. One that deadlocks is a finding with a token, and
  // the cycle is CONFIRMED.
  bool confirm_cycles = true;
  // Whether Result::lock_order is filled, also when there is no cycle.
  bool lock_order_report = false;

  // Whether schedules run in child processes, so that a crash, an abort, an exit() or a stuck task
  // is a finding and the exploration goes on with the next schedule. Without, the process says in
  // which schedule it was, with the token, before it ends as it would have; after exit(0),
  // _exit(0), _Exit(0) or quick_exit(0) with 3.
  // What the body does to the process's memory, and what on_schedule does, is done in a child. The
  // lock orders of a child that crashed are lost, and an exhaustive walk ends with its first crash.
  // The process must have no other threads.
  bool isolate = false;

  // A schedule with more operations than this is given up as one without an end (kUnfinished).
  // Tasks that go in circles are noticed long before (kLivelock). A million operations take some
  // 200 MB of memory, 450 MB under TSan, while such a schedule is explained.
  std::uint64_t max_steps = 1'000'000;
  // How many waits of a schedule may return without a notification, as C++ allows them to.
  std::uint32_t spurious_wakeups = 1;
  // Whether a timed wait may expire while other tasks could run, as on a busy machine it may.
  bool early_timeouts = true;
  // Whether loads, stores and atomic operations are scheduling points, in code that is compiled for
  // it. Without, tasks switch only where they use a primitive: far fewer schedules, and still all
  // behaviours of a body that has no data race and no std::atomic (Adve and Hill, "Weak Ordering: A
  // New Definition", ISCA 1990). An exhaustive walk under TSan then proves as much as one with
  // them.
  bool memory_points = true;
  // Whether std::mutex, std::thread, std::condition_variable and all else that is made of pthread
  // functions, POSIX semaphores and futexes is under control in tasks, as the primitives are.
  // Without, tasks call the native functions, and what they do there is not explored.
  bool control_native = true;
  // What follows from operations of native threads and locks that are not under control, because
  // `control_native` is false: see Result::uncontrolled.
  OnUncontrolled uncontrolled = OnUncontrolled::kWarn;
  // Whether the tasks of a schedule that is given up (a deadlock, a livelock, a misuse) are
  // unwound, the newest first: their destructors run, and what they own is freed. Without, they are
  // left where they are, for a body whose destructors cannot bear it. One that has outlived its
  // parent, or is stopped in a destructor or another noexcept function, is left in any case.
  bool unwind = true;
  // Whether a daemon that can never go on is a finding when all others have ended: it waits for
  // what nobody is left to do. Without, it is listed with a deadlock of others.
  bool blocked_daemons = false;
  // Whether every task gets a thread of its own; slower. The program's thread_locals start anew in
  // each task anyway; those of shared libraries, or of a program that has been stripped of its
  // symbols, only so.
  bool fresh_bodies = false;
  // Bytes of stack for each task. One that is too small for any is an error, which says how many
  // are needed.
  std::size_t stack_size = 256 * 1024;
  // A task that passes no scheduling point for so long is stuck in a system call or an endless
  // loop. With `isolate` that is a finding of its schedule (kStuck). Without, the process ends with
  // exit code 3 after saying which task, where, since when, with the token. 0: never.
  std::chrono::nanoseconds watchdog = std::chrono::seconds(20);

  // Called between schedules on the caller's thread, where output is seen; returning false ends the
  // exploration. For progress displays.
  std::function<bool(std::uint64_t schedules_so_far)> on_schedule = {};
  // How the user replays a token, "{token}" standing for it. Empty: by SELVAGE_REPLAY and the
  // command line of this process.
  std::string replay_command = {};
  // Whether the environment (SELVAGE_SEED=5) and the program's flags (--selvage_seed=5) override
  // these options: each has a variable and a flag, which SELVAGE_TEST binaries list with --help.
  bool overridable = true;
};

struct Result {
  // What could not be done at all: a wrong strategy, a damaged token, a replay that diverged. Empty
  // otherwise.
  std::string error;
  // Why nothing was run although nothing is wrong: a token from outside the program is of another
  // exploration. Empty otherwise.
  std::string skipped;

  // Most telling first.
  std::vector<Finding> findings;
  std::uint64_t schedules = 0;
  std::uint64_t failing = 0;        // schedules with at least one finding
  std::uint64_t first_failure = 0;  // counted from 1; 0: none
  std::uint64_t races = 0;          // reports of TSan, over all schedules
  std::uint64_t steps = 0;          // operations, over all schedules
  std::uint32_t most_tasks = 0;     // in one schedule
  // Whether the exhaustive strategy has walked all schedules there are; with which bound on
  // preemptions, -1 for none.
  bool exhausted = false;
  int preemption_bound = -1;
  // How many different schedules that strategy has walked completely: all with at most so many
  // preemptions, -1 for all there are. Of a walk with a bound that ran out of schedules, those of
  // the smaller bound that it had finished; 0 if there are none. `schedules` may be more: a walk
  // that learns of further scheduling points on its way starts anew.
  std::uint64_t walked = 0;
  int walked_preemptions = -1;
  // What tasks did that the harness does not control, with the number of times in one schedule and
  // the first place: "2 native thread or lock operations at f.cc:12". A walk is then no proof:
  // `exhausted` is false, `walked` is 0.
  std::vector<std::string> uncontrolled;
  // The body did something that the schedule does not determine: what, where. Empty if that was not
  // noticed.
  std::string nondeterminism;
  // The lock-order report (JSON, as `selvage report` reads it), if Options::lock_order_report asked
  // for it.
  std::string lock_order;
  // What was explored, and how sure a pass is, in a few lines.
  std::string coverage;
  // Different behaviours among the schedules, a lower bound if there are very many; and the
  // estimated probability that one more schedule would show a new one, -1 if that is not known.
  std::uint64_t behaviours = 0;
  double new_behaviour = -1;
  // By which strategy, and how long it took, explanations included. Empty for a replay.
  std::string strategy;
  std::chrono::nanoseconds duration{0};
  // What weakens a pass, a sentence each. None is a failure.
  std::vector<std::string> warnings;

  bool ok() const { return error.empty() && findings.empty(); }
  // Whether a finding of this kind is among them.
  bool Has(FindingKind kind) const;
  // The whole result for a person: verdict first, then causes, then how to see it again.
  std::string Text() const;
  // What was explored, in one line without its end: "1,000 schedules, 12 behaviours, the next
  // schedule shows a new one with probability 0.001; strategy default; 0.12 s".
  std::string Line() const;
};

// Runs `body` once for each schedule, each time as the main task of a new schedule, until `options`
// say that it is enough. Threads, locks and waits made of the project's primitives in `body` are
// under control; what it does otherwise must not block. The body must do the same thing each time
// but for the schedule. It ends when all its tasks have ended.
//
// What the body prints (on standard output and standard error, also through a library) is seen in
// the first schedule, and in the failing one when it is run again to be explained; not in all the
// others. What a schedule has printed in which the process ends is shown then.
//
// Options may be overridden from outside (Options::overridable). A token that comes from there is
// for the exploration of its name: others in the program are skipped, and if none is of that name
// the program ends with exit code 2.
//
// Must not be called by a task. May be called by several threads at once.
Result Explore(const std::function<void()>& body, const Options& options = {});

// Notes a failed expectation of the calling task's schedule, which goes on. In an ordinary thread
// it prints the message and aborts. `message` is part of the finding's identity: no addresses, no
// values that differ from schedule to schedule.
void ReportFailure(std::string_view message);

// A body's invariants, where no GoogleTest is at hand.
#define SELVAGE_EXPECT(condition) \
  ((condition) ? static_cast<void>(0) : ::selvage::ReportFailure("expected: " #condition))

}  // namespace selvage

#endif  // SELVAGE_HARNESS_EXPLORE_H_
