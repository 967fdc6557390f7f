// Files that subcommands read.
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/merge.h"
#include "selvage/harness/report/lock_order_json.h"

namespace selvage::cli {
namespace {

constexpr std::size_t kMaxTextFile = std::size_t{64} << 20;

// What a person can do about a report that cannot be used.
const char* Remedy(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return "\n  a test run writes one with SELVAGE_LOCK_ORDER=FILE in its environment";
    case absl::StatusCode::kDataLoss:
      return "\n  it was cut off or damaged; write it again, with SELVAGE_LOCK_ORDER=FILE in the "
             "environment of the test run";
    case absl::StatusCode::kUnimplemented:
      return "\n  use the selvage that wrote it, or a newer one";
    default:
      return "";
  }
}

std::string NameOf(const std::string& path) { return path == "-" ? "the standard input" : path; }

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// "-" is the standard input, which can be read once.
absl::StatusOr<File> Open(const std::string& path) {
  if (path == "-") {
    static bool is_taken = false;
    if (std::exchange(is_taken, true)) {
      return absl::InvalidArgumentError("the standard input, \"-\", is named twice");
    }
    return File(stdin, [](std::FILE*) { return 0; });
  }
  File file(std::fopen(path.c_str(), "re"), &std::fclose);
  if (file != nullptr) return file;
  const absl::Status status = absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  if (!absl::IsNotFound(status)) return absl::InvalidArgumentError(status.message());
  return status;
}

}  // namespace

absl::StatusOr<lockgraph::RecordedGraph> ReadReport(const std::string& path) {
  const auto input = Open(path);
  if (!input.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(input.status().message(), Remedy(input.status())));
  }
  auto graph = report::ReadLockOrderStream(input->get(), NameOf(path));
  if (graph.ok()) return graph;
  if (absl::IsResourceExhausted(graph.status())) return graph;
  return absl::InvalidArgumentError(absl::StrCat(graph.status().message(), Remedy(graph.status())));
}

absl::StatusOr<lockgraph::RecordedGraph> ReadReports(std::span<const std::string> paths) {
  std::vector<lockgraph::RecordedGraph> graphs;
  for (const std::string& path : paths) {
    auto graph = ReadReport(path);
    if (!graph.ok()) return graph.status();
    graphs.push_back(*std::move(graph));
  }
  if (graphs.size() == 1) return std::move(graphs.front());
  return lockgraph::Merge(graphs);
}

absl::StatusOr<std::string> ReadTextFile(const std::string& path) {
  const auto file = Open(path);
  if (!file.ok()) return file.status();
  std::string text;
  char buffer[1 << 16];
  std::size_t got;
  while ((got = std::fread(buffer, 1, sizeof buffer, file->get())) != 0) {
    text.append(buffer, got);
    if (text.size() > kMaxTextFile) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is longer than ", kMaxTextFile >> 20,
                                                     " MiB; is it the right file?"));
    }
  }
  if (std::ferror(file->get()) != 0) {
    return absl::InvalidArgumentError(
        absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", NameOf(path))).message());
  }
  return text;
}

}  // namespace selvage::cli
