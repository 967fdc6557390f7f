#include "selvage/harness/lockgraph/report_path.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "selvage/harness/report/lock_order_json.h"

namespace selvage::lockgraph {
namespace {

const char kJson[] = ".json";

// `text` before the ending of `file`.
std::string WithSuffix(const std::string& file, const std::string& text) {
  if (!file.ends_with(kJson)) return absl::StrCat(file, ".", text);
  return absl::StrCat(file.substr(0, file.size() - std::string_view(kJson).size()), ".", text, kJson);
}

bool IsOfAnotherProgram(const std::string& file, const std::string& program) {
  const std::vector<std::string> programs = report::ProgramsOfReport(file);
  return std::any_of(programs.begin(), programs.end(),
                     [&](const std::string& other) { return other != program; });
}

}  // namespace

std::string AbsolutePath(const std::string& path) {
  if (path.empty()) return path;
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.string();
}

std::string ProgramPath() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? program_invocation_name : program.string();
}

std::string ProgramName() { return std::filesystem::path(ProgramPath()).filename().string(); }

std::string ReportPath(const std::string& path, pid_t process, bool is_fork) {
  std::string file = absl::StrReplaceAll(path, {{"%p", absl::StrCat(process)}});
  const bool has_number = file != path;
  if (file.ends_with('/')) absl::StrAppend(&file, ProgramName(), ".lock_order.json");
  return is_fork && !has_number ? WithSuffix(file, absl::StrCat(process)) : file;
}

std::string PathBesideOtherPrograms(const std::string& file) {
  const std::string program = ProgramPath();
  std::string free = file;
  for (int i = 1; IsOfAnotherProgram(free, program); ++i) {
    free = WithSuffix(file, i == 1 ? ProgramName() : absl::StrCat(ProgramName(), ".", i));
  }
  return free;
}

}  // namespace selvage::lockgraph
