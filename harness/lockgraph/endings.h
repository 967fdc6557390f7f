// The ways in which a program ends, each with a report: exit, _exit, quick_exit, an uncaught
// exception, abort, a fault, a signal; and going on as a child of a fork.
//
// A thread in a signal handler cannot write a report: it may have been stopped inside the
// allocator. The reporter's thread does it for it (reporter.h). Where there is none yet or any
// more, a copy of the process made by fork does, which is given up when it takes too long.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ENDINGS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ENDINGS_H_

#include <signal.h>

#include "selvage/harness/lockgraph/process_report.h"

namespace selvage::lockgraph {

// SELVAGE_LOCK_ORDER_OPTIONAL=1 in the environment: a report that cannot be written leaves the exit
// code of the program as it is. Else one that would have been 0 becomes kExitCodeUnwritten.
inline constexpr const char* kOptionalVariable = "SELVAGE_LOCK_ORDER_OPTIONAL";
inline constexpr int kExitCodeUnwritten = 3;
bool ReportIsOptional();

// From now on `report` is written when the program ends. A signal that ends it still does, and so
// does a handler that the program or a sanitizer has for it: signals from outside are watched only
// while they have the default effect, faults also where a sanitizer handles them. The report lives
// for ever. To be called once.
void WatchEndings(ProcessReport& report);

// From now on _exit(), _Exit() and quick_exit() call `watch` first, with their name, and end with
// the exit code that it returns. Null: nobody is called. The watcher must be async-signal-safe.
using ExitWatcher = int (*)(const char* function, int status);
void SetExitWatcher(ExitWatcher watch);

// For ExitWatcher: no status, since another program takes this one's place.
inline constexpr int kReplaced = -1;

// That is about to be done by `function`. Returns if the watcher has left the status as it is.
void EndForExec(const char* function);

// Whether `action` is one that WatchEndings() has set.
bool IsReportingHandler(const struct sigaction& action);

// Writes the last report, and ends the process with exit code 1 without any destructor, which would
// wait for the deadlocked threads.
[[noreturn]] void EndDeadlockedProcess(ProcessReport& report);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ENDINGS_H_
