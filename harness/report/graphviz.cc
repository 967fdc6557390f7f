#include "selvage/harness/report/graphviz.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

extern char** environ;

namespace selvage::report {
namespace {

// A file without a name: a pipe could fill up while nobody reads.
class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("graphviz", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (file_ >= 0) close(file_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int number() const { return file_; }

  // Leaves the file at its beginning.
  bool Write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(file_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return lseek(file_, 0, SEEK_SET) == 0;
  }

  std::string Read() {
    std::string text;
    char buffer[1 << 16];
    lseek(file_, 0, SEEK_SET);
    for (;;) {
      const ssize_t got = read(file_, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  int file_;
};

absl::StatusOr<pid_t> Start(const MemoryFile& in, const MemoryFile& out, const MemoryFile& error) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.number(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error.number(), STDERR_FILENO);
  char program[] = "dot", format[] = "-Tsvg";
  char* const arguments[] = {program, format, nullptr};
  pid_t child = 0;
  const int failed = posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return child;
  return absl::UnavailableError(absl::StrCat(
      "a drawing needs Graphviz: ", absl::ErrnoToStatus(failed, "cannot start dot").message(),
      "\n  install graphviz, or have the graph as --format=dot"));
}

// Its exit status; kills it when the time is up.
absl::StatusOr<int> Wait(pid_t child, absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(child, &status, WNOHANG);
    if (ended == child) return status;
    if (ended < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "cannot wait for dot");
    if (absl::Now() > end) break;
    absl::SleepFor(absl::Milliseconds(2));
  }
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return absl::DeadlineExceededError(
      absl::StrCat("Graphviz did not finish the drawing in ", absl::FormatDuration(limit),
                   "\n  the graph is too large to be drawn; have it as --format=text"));
}

}  // namespace

absl::StatusOr<std::string> DrawWithGraphviz(const std::string& dot, absl::Duration limit) {
  MemoryFile in, out, error;
  if (!in.Write(dot)) return absl::ErrnoToStatus(errno, "cannot hand the graph to Graphviz");
  const auto child = Start(in, out, error);
  if (!child.ok()) return child.status();
  const auto status = Wait(*child, limit);
  if (!status.ok()) return status.status();
  const std::string drawing = out.Read();
  const std::size_t start = drawing.find("<svg");
  if (*status != 0 || start == std::string::npos) {
    // posix_spawnp() may only notice in the child that there is no such program.
    if (WIFEXITED(*status) && WEXITSTATUS(*status) == 127) {
      return absl::UnavailableError(
          "a drawing needs Graphviz: cannot start dot\n  install graphviz");
    }
    std::string words = error.Read();
    absl::StripAsciiWhitespace(&words);
    return absl::InternalError(
        absl::StrCat("Graphviz failed: ", words.empty() ? "it said nothing" : words));
  }
  return drawing.substr(start);
}

}  // namespace selvage::report
