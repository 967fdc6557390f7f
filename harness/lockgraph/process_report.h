// The lock-order report of this process: what goes into it, and writing it.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_PROCESS_REPORT_H_
#define SELVAGE_HARNESS_LOCKGRAPH_PROCESS_REPORT_H_

#include <sys/types.h>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/runtime/spin_lock.h"

namespace selvage::lockgraph {

// Thread-safe. Never destroyed: it is written after the program's own static objects are gone.
class ProcessReport {
 public:
  // An empty path: what goes wrong is told, but nothing is written. The path is resolved now.
  explicit ProcessReport(const std::string& path);

  // Whether a file will be written.
  bool IsWanted() const;
  // From now on it will not.
  void Renounce();
  // Adds what an exploration has recorded.
  void Add(RecordedGraph exploration);
  // All it would have in it now.
  RecordedGraph Graph();

  // What was recorded up to now, unless the last one is written. The file says that the process was
  // still running. An error is for the caller to tell.
  absl::Status WriteSoFar();
  // The last one, of a process that ends as `ended` says ("exit"). Tells on standard error what was
  // found, and where the report is, or that it could not be written. Later calls change nothing.
  absl::Status WriteLast(std::string_view ended);

  // Whether something was recorded since it was last written.
  bool HasNews() const;
  // Whether the calling process is the one it is about; not so in a child of vfork().
  bool IsOfThisProcess() const;

  // In the child of a fork: it has a report of its own, with what happened up to the fork, once it
  // has recorded something itself.
  void BecomeChild();
  // Around fork(); the child's report is free too.
  void BeforeFork();
  void AfterFork();

 private:
  // Says which process the run is of.
  void Sign(Run& run) const;
  absl::Status WriteFile(const std::string& json, std::string& written_to);

  std::string path_;  // absolute
  std::string started_;
  std::atomic<pid_t> process_;
  bool is_fork_ = false;
  std::size_t inherited_ = 0;             // recorded before the fork
  std::atomic<std::size_t> written_{0};   // recorded when it was last written
  std::atomic<bool> last_is_written_{false};
  bool error_was_told_ = false;           // guarded by writing_
  runtime::SpinLock writing_;             // held while it is written
  runtime::SpinLock lock_;
  std::vector<RecordedGraph> explorations_;  // guarded by lock_
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_PROCESS_REPORT_H_
