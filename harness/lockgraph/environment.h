// Recording a whole program by setting an environment variable.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ENVIRONMENT_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ENVIRONMENT_H_

#include <string>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// SELVAGE_LOCK_ORDER=PATH in the environment records all ordinary threads from the start of the
// program, and writes the JSON report to PATH however it ends, and the text to standard error if
// there is a finding. While it runs, the report is written every few seconds, and says so; that is
// what a process leaves that is killed. PATH is resolved at once. A PATH that ends with "/" is a
// directory; the file in it is called PROGRAM.lock_order.json. A "%p" in PATH becomes the process
// number; without it, a process that was forked off has its number before the ending, and one of
// another program, whose report is there, has its own name there.
//
// A deadlock that happens is reported at once, and ends the program with exit code 1. A report that
// cannot be written makes an exit code of 0 a 3, but for SELVAGE_LOCK_ORDER_OPTIONAL=1.
inline constexpr const char* kLockOrderVariable = "SELVAGE_LOCK_ORDER";

// Does the same from now on, for programs that decide themselves; with an empty path no report is
// written. The first call wins, and the environment is the first.
void RecordProcess(const std::string& path);

// Takes back what the environment asked for: for programs that read reports, and must not write
// over them. REQUIRES: no other thread yet.
void DoNotRecordProcess();

// Whether a report will be written. Thread-safe.
bool ReportIsWanted();
// Adds what an exploration has recorded to that report. Thread-safe.
void AddToReport(RecordedGraph graph);
// What the report would have in it now. REQUIRES: RecordProcess() was called, or the environment
// asked for it. Thread-safe.
RecordedGraph ReportedGraph();

// While one lives the harness's own thread is not there: for forks by the harness, of a process
// that is to have one thread. No other thread may begin to be recorded meanwhile.
class ReporterPause {
 public:
  ReporterPause();
  ~ReporterPause();
  ReporterPause(const ReporterPause&) = delete;
  ReporterPause& operator=(const ReporterPause&) = delete;

 private:
  const bool ran_;
};
// Whether that thread is there.
bool ReporterIsRunning();

// Referred to by the recorder, so that a static library's copy of the code that reads the
// environment is linked in.
void EnvironmentAnchor();

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ENVIRONMENT_H_
