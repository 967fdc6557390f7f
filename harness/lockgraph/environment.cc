#include "selvage/harness/lockgraph/environment.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/runtime/spin_lock.h"

namespace selvage::lockgraph {
namespace {

// Never destroyed: the report is written after the program's own static objects are gone.
struct Destination {
  std::string path;
  pid_t process;
  runtime::SpinLock lock;
  std::vector<RecordedGraph> explorations;
};
Destination* destination = nullptr;

void WriteReports() {
  const SlowScope inside;
  process_recording.store(false, std::memory_order_relaxed);
  if (destination->path.empty()) return;
  std::string path = absl::StrReplaceAll(destination->path, {{"%p", absl::StrCat(getpid())}});
  if (path == destination->path && getpid() != destination->process) return;
  if (path.ends_with('/'))
    absl::StrAppend(&path, program_invocation_short_name, ".lock_order.json");
  const RecordedGraph graph = ReportedGraph();
  const Analysis analysis = Analyse(graph);
  const absl::Status written =
      report::WriteReportFile(path, report::LockOrderJson(graph, analysis));
  if (!written.ok()) {
    std::fprintf(stderr, "selvage: %s\n", std::string(written.message()).c_str());
  }
  if (!analysis.Fails()) return;
  const std::string text = report::LockOrderText(graph, analysis);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fprintf(stderr, "selvage: lock-order report written to %s\n", path.c_str());
}

void ReportDeadlock() {
  WriteReports();
  std::fflush(stderr);
  // Not exit(): destructors would wait for the deadlocked threads.
  syscall(SYS_exit_group, 1);  // a sanitizer would put its own code in the place of this one
}

// Before other static objects, so that their locks are recorded; its exit handler then runs after
// their destructors.
__attribute__((constructor(200))) void ReadEnvironment() {
  const char* path = std::getenv(kLockOrderVariable);
  if (path != nullptr && *path != '\0') RecordProcess(path);
}

}  // namespace

void RecordProcess(const std::string& path) {
  const SlowScope inside;
  if (destination != nullptr) return;
  destination = new Destination;
  destination->path = path;
  destination->process = getpid();
  Recorder::Process().SetDeadlockHandler(&ReportDeadlock);
  std::atexit(&WriteReports);
  process_recording.store(true, std::memory_order_relaxed);
}

void DoNotRecordProcess() {
  process_recording.store(false, std::memory_order_relaxed);
  if (destination != nullptr) destination->path.clear();
}

bool ReportIsWanted() { return destination != nullptr && !destination->path.empty(); }

void AddToReport(RecordedGraph graph) {
  const SlowScope inside;
  const runtime::SpinLockHolder holder(destination->lock);
  destination->explorations.push_back(std::move(graph));
}

RecordedGraph ReportedGraph() {
  const SlowScope inside;
  std::vector<RecordedGraph> graphs;
  graphs.push_back(Recorder::Process().Snapshot(program_invocation_short_name));
  {
    const runtime::SpinLockHolder holder(destination->lock);
    graphs.insert(graphs.end(), destination->explorations.begin(), destination->explorations.end());
  }
  return graphs.size() == 1 ? std::move(graphs[0]) : Merge(graphs);
}

void EnvironmentAnchor() {}

}  // namespace selvage::lockgraph
