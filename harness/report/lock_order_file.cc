// Lock-order reports as files.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "selvage/harness/report/lock_order_json.h"

namespace selvage::report {
namespace {

absl::Status FileError(int error, const std::string& path, const char* what) {
  return absl::ErrnoToStatus(error, absl::StrCat(what, " ", path));
}

// 0, or the error.
int WriteAndClose(int file, std::string_view content) {
  int error = 0;
  while (!content.empty() && error == 0) {
    const ssize_t written = write(file, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  // Pipes and terminals have no disk to wait for.
  if (error == 0 && fsync(file) != 0 && errno != EINVAL && errno != EROFS) error = errno;
  if (close(file) != 0 && error == 0) error = errno;
  return error;
}

}  // namespace

absl::StatusOr<lockgraph::RecordedGraph> ReadLockOrderFile(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return FileError(errno, path, "cannot open");
  auto graph = ReadLockOrderStream(file, path);
  std::fclose(file);
  return graph;
}

absl::StatusOr<lockgraph::RecordedGraph> ReadLockOrderStream(std::FILE* file,
                                                             const std::string& path) {
  std::string text;
  char buffer[1 << 16];
  std::size_t got;
  while (text.size() <= kMaxReportBytes &&
         (got = std::fread(buffer, 1, sizeof buffer, file)) != 0) {
    text.append(buffer, got);
    // What is no report at all may have no end.
    const std::size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (begin == std::string::npos ? text.size() > sizeof buffer : text[begin] != '{') {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": not a lock-order report: it does not begin with '{'"));
    }
    // JSON has no other control characters, and what is not text may begin like it by chance.
    if (std::any_of(buffer, buffer + got, [](char c) {
          return static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r';
        })) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": not a lock-order report: it is not text"));
    }
  }
  if (std::ferror(file) != 0) return FileError(errno, path, "cannot read");
  if (text.size() > kMaxReportBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, ": longer than ", kMaxReportBytes >> 30, " GiB"));
  }
  auto graph = ReadLockOrderJson(text);
  if (graph.ok()) return graph;
  return absl::Status(graph.status().code(), absl::StrCat(path, ": ", graph.status().message()));
}

// Written by LockOrderJson: the runs come first, each on a line of its own.
std::vector<std::string> ProgramsOfReport(const std::string& path) {
  std::vector<std::string> programs;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return programs;
  std::ifstream file(path);
  std::string line;
  bool in_runs = false;
  while (std::getline(file, line)) {
    if (!in_runs) {
      if (line.starts_with("\"classes\"")) break;
      in_runs = line == "\"runs\": [";
      continue;
    }
    const bool last = line.ends_with(']');
    line.resize(line.find_last_of('}') + 1);
    const auto run = nlohmann::json::parse(line, nullptr, false);
    if (!run.is_object()) break;
    if (const auto program = run.find("program"); program != run.end() && program->is_string()) {
      programs.push_back(program->get<std::string>());
    }
    if (last) break;
  }
  return programs;
}

absl::Status WriteReportFile(const std::string& path, std::string_view content) {
  std::error_code ignored;
  // A link stays, and what it leads to is replaced.
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, ignored);
  const std::string destination = ignored ? path : target.string();
  struct stat there;
  if (stat(destination.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    const int file = open(destination.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return FileError(errno, path, "cannot write");
    const int error = WriteAndClose(file, content);
    return error == 0 ? absl::OkStatus() : FileError(error, path, "cannot write");
  }
  const std::string temporary = absl::StrCat(destination, ".", getpid(), ".tmp");
  const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return FileError(errno, path, "cannot create");
  int error = WriteAndClose(file, content);
  if (error == 0 && rename(temporary.c_str(), destination.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(temporary.c_str());
  return FileError(error, path, "cannot write");
}

}  // namespace selvage::report
