// A thread of the harness that writes the report while the program runs, for those who cannot: a
// thread in a signal handler, and a process that is killed without warning. It also notices when all
// threads of the program wait for ever.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_REPORTER_H_
#define SELVAGE_HARNESS_LOCKGRAPH_REPORTER_H_

#include "selvage/harness/lockgraph/process_report.h"

namespace selvage::lockgraph {

// Starts it for `report`, unless it runs. All signals are blocked in it. Thread-safe.
void StartReporter(ProcessReport& report);
// Ends it. True if it ran. Not from a signal handler.
bool StopReporter();
// In the child of a fork, where it is gone.
void ForgetReporter();
// Whether it runs.
bool ReporterRuns();

// The last report is to be written, since `signal` ends the process. Async-signal-safe. False if
// there is no reporter.
//
// ...and then the reporter ends the process by that signal. Returns at once.
bool LetReporterEndProcess(int signal);
// ...and returns when that is done, or after kMostSecondsToWrite.
bool LetReporterWrite(int signal);
inline constexpr int kMostSecondsToWrite = 20;

// Whether the reporter was asked to end the process. Async-signal-safe.
bool ReporterEndsProcess();

// Ends the process as `signal` does by default. Async-signal-safe.
[[noreturn]] void DieOf(int signal);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_REPORTER_H_
