#include "selvage/harness/lockgraph/process_report.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/report_path.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::lockgraph {
namespace {

std::string Now() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
}

// Not through stdio: a thread that will never run again may hold the lock of that.
void Tell(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// While one lives, no other process that has one looks at the reports in the directory of `file` or
// writes one there. Does nothing where that cannot be had.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& file)
      : directory_(open(std::filesystem::path(file).parent_path().c_str(),
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (directory_ >= 0) flock(directory_, LOCK_EX);
  }
  ~DirectoryLock() {
    if (directory_ >= 0) close(directory_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  const int directory_;
};

}  // namespace

ProcessReport::ProcessReport(const std::string& path)
    : path_(AbsolutePath(path)), started_(Now()), process_(getpid()) {}

bool ProcessReport::IsWanted() const { return !path_.empty(); }

void ProcessReport::Renounce() {
  path_.clear();
  last_is_written_ = true;
}

bool ProcessReport::IsOfThisProcess() const { return process_ == getpid(); }

void ProcessReport::Add(RecordedGraph exploration) {
  const SlowScope inside;
  for (Run& run : exploration.runs) Sign(run);
  const runtime::SpinLockHolder holder(lock_);
  explorations_.push_back(std::move(exploration));
}

RecordedGraph ProcessReport::Graph() {
  const SlowScope inside;
  std::vector<RecordedGraph> graphs;
  graphs.push_back(Recorder::Process().Snapshot(program_invocation_short_name));
  Sign(graphs.front().runs.front());
  {
    const runtime::SpinLockHolder holder(lock_);
    graphs.insert(graphs.end(), explorations_.begin(), explorations_.end());
  }
  if (graphs.size() == 1) return std::move(graphs.front());
  return Merge(graphs);
}

void ProcessReport::Sign(Run& run) const {
  run.program = ProgramPath();
  run.process = static_cast<std::uint64_t>(process_.load());
  run.started = started_;
}

bool ProcessReport::HasNews() const {
  const std::size_t recorded = Recorder::Process().recorded();
  return !last_is_written_ && recorded != written_ && recorded != inherited_;
}

absl::Status ProcessReport::WriteFile(const std::string& json, std::string& written_to) {
  const std::string wanted = ReportPath(path_, process_, is_fork_);
  const DirectoryLock alone(wanted);
  written_to = PathBesideOtherPrograms(wanted);
  const absl::Status status = report::WriteReportFile(written_to, json);
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("the lock-order report cannot be written: ", status.message()));
}

absl::Status ProcessReport::WriteSoFar() {
  const SlowScope inside;
  const runtime::SpinLockHolder holder(writing_);
  if (!IsWanted() || last_is_written_) return absl::OkStatus();
  const std::size_t recorded = Recorder::Process().recorded();
  RecordedGraph graph = Graph();
  for (Run& run : graph.runs) {
    if (run.process == static_cast<std::uint64_t>(process_.load())) run.unfinished_since = Now();
  }
  std::string written_to;
  const absl::Status status = WriteFile(report::LockOrderJson(graph, Analyse(graph)), written_to);
  written_ = recorded;
  error_was_told_ = !status.ok();
  return status;
}

absl::Status ProcessReport::WriteLast(std::string_view ended) {
  const SlowScope inside;
  const runtime::SpinLockHolder holder(writing_);
  if (last_is_written_.exchange(true)) return absl::OkStatus();
  process_recording.store(false, std::memory_order_relaxed);
  if (is_fork_ && Recorder::Process().recorded() == inherited_) return absl::OkStatus();
  RecordedGraph graph = Graph();
  for (Run& run : graph.runs) {
    if (run.process == static_cast<std::uint64_t>(process_.load())) run.ended = ended;
  }
  const Analysis analysis = Analyse(graph);
  absl::Status status;
  std::string written_to;
  if (IsWanted()) status = WriteFile(report::LockOrderJson(graph, analysis), written_to);
  if (analysis.Fails()) Tell(report::LockOrderText(graph, analysis));
  const std::string wanted = IsWanted() ? ReportPath(path_, process_, is_fork_) : "";
  if (!status.ok()) {
    if (!error_was_told_) Tell(absl::StrCat("selvage: ", status.message(), "\n"));
  } else if (written_to != wanted) {
    Tell(absl::StrCat("selvage: ", wanted, " is the report of another program; this one's was "
                      "written to ", written_to, "\n"));
  } else if (IsWanted() && analysis.Fails()) {
    Tell(absl::StrCat("selvage: lock-order report written to ", written_to, "\n"));
  }
  return status;
}

void ProcessReport::BecomeChild() {
  process_ = getpid();
  is_fork_ = true;
  inherited_ = Recorder::Process().recorded();
  written_ = 0;
}

void ProcessReport::BeforeFork() {
  writing_.Acquire();
  lock_.Acquire();
}

void ProcessReport::AfterFork() {
  lock_.Release();
  writing_.Release();
}

}  // namespace selvage::lockgraph
