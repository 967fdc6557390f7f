// selvage confirm: makes predicted deadlocks happen, in a test binary that can schedule them.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/settings/command_line.h"

namespace selvage::cli {
namespace {

using lockgraph::Analysis;
using lockgraph::Confirmation;
using lockgraph::Cycle;
using lockgraph::RecordedGraph;
using lockgraph::Verdict;

constexpr std::size_t kOutputLinesShown = 10;

// A directory that is gone with its files when this is.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "selvage.XXXXXX").string();
    if (!error && mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  // Empty if it could not be made.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// While one lives, an interrupt from the terminal is for the program that runs, not for this one:
// the temporary files are still removed.
class InterruptIgnored {
 public:
  InterruptIgnored() : before_(std::signal(SIGINT, SIG_IGN)) {}
  ~InterruptIgnored() { std::signal(SIGINT, before_); }
  InterruptIgnored(const InterruptIgnored&) = delete;
  InterruptIgnored& operator=(const InterruptIgnored&) = delete;

 private:
  void (*const before_)(int);
};

// Runs the program to its end, its output into the file `output`. Its status as of waitpid().
absl::StatusOr<int> RunProgram(const std::vector<std::string>& command, const std::string& output) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT,
                                   0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t to_default;
  sigemptyset(&to_default);
  sigaddset(&to_default, SIGINT);
  sigaddset(&to_default, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &to_default);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const InterruptIgnored uninterrupted;
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot run ", command[0], ": ", std::generic_category().message(failed),
                     "\n  what follows \"--\" is the test binary and its flags"));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return absl::ErrnoToStatus(errno, "cannot wait for the program");
  }
  return status;
}

std::string Ending(int status) {
  if (WIFSIGNALED(status)) return absl::StrCat("was ended by signal ", WTERMSIG(status));
  return absl::StrCat("ended with exit code ", WEXITSTATUS(status));
}

std::string LastLines(const std::string& path) {
  const auto text = ReadTextFile(path);
  if (!text.ok()) return "";
  std::vector<std::string> lines = absl::StrSplit(*text, '\n', absl::SkipEmpty());
  if (lines.size() > kOutputLinesShown) lines.erase(lines.begin(), lines.end() - kOutputLinesShown);
  std::string shown;
  for (const std::string& line : lines) absl::StrAppend(&shown, "\n  | ", line);
  return shown;
}

// What the binary records of itself, the directed schedules of its explorations included.
absl::StatusOr<RecordedGraph> RecordProgram(const std::vector<std::string>& command) {
  const TemporaryDirectory directory;
  if (directory.path().empty()) {
    return absl::UnavailableError("cannot make a temporary directory; is TMPDIR writable?");
  }
  const std::string report = directory.path() + "/report.json";
  const std::string output = directory.path() + "/output";
  setenv(lockgraph::kLockOrderVariable, report.c_str(), /*overwrite=*/1);
  const auto status = RunProgram(command, output);
  if (!status.ok()) return status.status();
  auto graph = report::ReadLockOrderFile(report);
  if (graph.ok()) return graph;
  return absl::FailedPreconditionError(absl::StrCat(
      command[0], " ", Ending(*status), " and left no lock-order report",
      "\n  it must be linked with selvage::gtest, and run to its end", LastLines(output)));
}

std::string Title(const lockgraph::Names& names, const Cycle& cycle) {
  std::vector<std::string> locks;
  for (const lockgraph::CyclePart& part : cycle.parts) locks.push_back(names.Lock(part.holds));
  return absl::StrCat(absl::StrJoin(locks, " -> "), " -> ", locks.front(), " (", cycle.fingerprint,
                      ")");
}

struct Tally {
  int confirmed = 0;
  int unconfirmed = 0;
  int unseen = 0;
};

// What has become of one predicted cycle, in words.
std::string Tell(const Confirmation* confirmation, const std::string& command, Tally& tally) {
  if (confirmation == nullptr) {
    ++tally.unseen;
    return "not tried: no exploration of this program meets it; only SELVAGE_TESTs can be "
           "scheduled";
  }
  if (!confirmation->not_tried.empty()) {
    ++tally.unseen;
    return absl::StrCat("not tried: ", confirmation->not_tried);
  }
  if (confirmation->replay_token.empty()) {
    ++tally.unconfirmed;
    return absl::StrCat(
        "not confirmed: did not happen in ", confirmation->schedules,
        confirmation->schedules == 1 ? " directed schedule" : " directed schedules");
  }
  ++tally.confirmed;
  return absl::StrCat(
      "CONFIRMED",
      confirmation->schedules == 0
          ? ""
          : absl::StrCat(" in ", report::Plural(confirmation->schedules, "directed schedule",
                                                "directed schedules")),
      "\n    replay: ", command, " --selvage_replay=", confirmation->replay_token);
}

absl::StatusOr<ExitCode> RunConfirm(const Arguments& arguments) {
  if (arguments.command().empty()) {
    return absl::InvalidArgumentError(
        "the test binary is missing: selvage confirm REPORT -- BINARY --gtest_filter=...");
  }
  auto graph = ReadReport(arguments.operands()[0]);
  if (!graph.ok()) return graph.status();
  const Analysis analysis = lockgraph::Analyse(*graph);
  std::vector<const Cycle*> predicted;
  for (const Cycle& cycle : analysis.cycles) {
    if (lockgraph::FailsByDefault(cycle.verdict) && !lockgraph::HasHappened(cycle.verdict)) {
      predicted.push_back(&cycle);
    }
  }
  RecordedGraph recorded;
  if (!predicted.empty()) {
    auto run = RecordProgram(arguments.command());
    if (!run.ok()) return run.status();
    recorded = *std::move(run);
  }
  const lockgraph::Names names(*graph);
  std::vector<std::string> words;
  for (const std::string& word : arguments.command()) words.push_back(settings::ShellWord(word));
  const std::string command = absl::StrJoin(words, " ");
  Tally tally;
  std::string text;
  std::vector<Confirmation> confirmations;
  for (const Cycle* cycle : predicted) {
    const auto found =
        std::find_if(recorded.confirmations.begin(), recorded.confirmations.end(),
                     [&](const Confirmation& c) { return c.fingerprint == cycle->fingerprint; });
    const Confirmation* confirmation = found == recorded.confirmations.end() ? nullptr : &*found;
    if (confirmation != nullptr) confirmations.push_back(*confirmation);
    absl::StrAppend(&text, "\n", Title(names, *cycle), "\n    ", Tell(confirmation, command, tally),
                    "\n");
  }
  text = absl::StrCat(report::Plural(predicted.size(), "predicted cycle", "predicted cycles"), ": ",
                      tally.confirmed, " confirmed, ", tally.unconfirmed, " not confirmed, ",
                      tally.unseen, " not tried\n", text);
  if (const auto path = arguments.Get("output")) {
    RecordedGraph confirmed = *graph;
    confirmed.confirmations.insert(confirmed.confirmations.end(), confirmations.begin(),
                                   confirmations.end());
    lockgraph::Canonicalise(confirmed);
    const absl::Status written =
        Write(path, report::LockOrderJson(confirmed, lockgraph::Analyse(confirmed)));
    if (!written.ok()) return written;
  }
  const absl::Status written = Write(std::nullopt, text);
  if (!written.ok()) return written;
  if (tally.confirmed > 0) return ExitCode::kFindings;
  return tally.unseen > 0 ? ExitCode::kUnfinished : ExitCode::kClean;
}

}  // namespace

const Command& ConfirmCommand() {
  static const Command command{
      {.name = "confirm",
       .operands = "REPORT -- BINARY [FLAG...]",
       .summary = "makes the predicted deadlocks of a report happen, in a test binary",
       .details =
           "Runs the binary, whose SELVAGE_TESTs hold each thread of a cycle at its request until\n"
           "the others are at theirs. A cycle that deadlocks is confirmed, and gets the token "
           "that\n"
           "replays it; of the others it says in how many directed schedules they did not happen.\n"
           "Exit code 1 if one is confirmed, else 3 if one could not be tried, else 0.\n",
       .flags = {{"output", "OUT", "write the report with what was found out", 'o'}},
       .rest = Rest::kCommand},
      &RunConfirm};
  return command;
}

}  // namespace selvage::cli
