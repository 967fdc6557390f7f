#include "selvage/harness/lockgraph/environment.h"

#include <cstdlib>
#include <utility>

#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/lockgraph/endings.h"
#include "selvage/harness/lockgraph/process_report.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/reporter.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {
namespace {

ProcessReport* report = nullptr;

// Before other static objects, so that their locks are recorded; its exit handler then runs after
// their destructors.
__attribute__((constructor(201))) void ReadEnvironment() {
  const char* path = std::getenv(kLockOrderVariable);
  if (path != nullptr && *path != '\0') RecordProcess(path);
}

}  // namespace

void RecordProcess(const std::string& path) {
  // Also where no schedule runs.
  interpose::LinkFronts();
  const SlowScope inside;
  if (report != nullptr) return;
  report = new ProcessReport(path);
  Recorder::Process().SetHandlers(
      {.began = [] { StartReporter(*report); },
       // Not told here: the program may catch what comes.
       .self_deadlock = [] { (void)report->WriteSoFar(); },
       .deadlock = [] { EndDeadlockedProcess(*report); }});
  WatchEndings(*report);
  process_recording.store(true, std::memory_order_relaxed);
}

void DoNotRecordProcess() {
  process_recording.store(false, std::memory_order_relaxed);
  if (report != nullptr) report->Renounce();
}

bool ReportIsWanted() { return report != nullptr && report->IsWanted(); }

void AddToReport(RecordedGraph graph) { report->Add(std::move(graph)); }

RecordedGraph ReportedGraph() { return report->Graph(); }

ReporterPause::ReporterPause() : ran_(StopReporter()) {}
ReporterPause::~ReporterPause() {
  if (ran_) StartReporter(*report);
}

bool ReporterIsRunning() { return ReporterRuns(); }

void EnvironmentAnchor() {}

}  // namespace selvage::lockgraph
