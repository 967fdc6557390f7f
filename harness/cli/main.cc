// selvage: converts, merges, compares and judges lock-order reports.
#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "selvage/harness/cli/arguments.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/nearest.h"

namespace selvage::cli {
namespace {

int Fail(const std::string& subcommand, ExitCode code, const std::string& message) {
  const std::string text =
      absl::StrCat("selvage", subcommand.empty() ? "" : " ", subcommand, ": ", message, "\n");
  std::fwrite(text.data(), 1, text.size(), stderr);
  return static_cast<int>(code);
}

int FailWith(const std::string& subcommand, const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
      return Fail(subcommand, ExitCode::kBadUsage, std::string(status.message()));
    default:
      return Fail(subcommand, ExitCode::kUnfinished, std::string(status.message()));
  }
}

int Print(const std::string& subcommand, const std::string& text) {
  const absl::Status written = Write(std::nullopt, text);
  return written.ok() ? static_cast<int>(ExitCode::kClean) : FailWith(subcommand, written);
}

std::string Overview() {
  std::string text =
      "selvage: converts, merges, compares and judges lock-order reports\n\n"
      "A report is written by a test run with SELVAGE_LOCK_ORDER=FILE in its environment.\n\n";
  for (const Command* command : Commands()) {
    const Usage& usage = command->usage;
    absl::StrAppend(&text, "  selvage ", usage.name, " ", usage.operands, "\n      ", usage.summary,
                    "\n");
  }
  return text +
         "  selvage SUBCOMMAND --help\n      what it does, and its flags\n"
         "\nExit codes: 0 clean; 1 findings; 2 wrong usage, or a file that cannot be used;\n"
         "3 the answer could not be written, or is not the whole one.\n";
}

int Run(const Command& command, std::span<const std::string> rest) {
  const std::string& name = command.usage.name;
  const auto arguments = Arguments::Parse(rest, command.usage);
  if (!arguments.ok()) {
    return Fail(
        name, ExitCode::kBadUsage,
        absl::StrCat(arguments.status().message(), "\n  selvage ", name, " --help says more"));
  }
  if (arguments->help()) return Print(name, Help(command.usage));
  const auto code = command.run(*arguments);
  return code.ok() ? static_cast<int>(*code) : FailWith(name, code.status());
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    return Fail("", ExitCode::kBadUsage, "a subcommand is missing; selvage --help lists them");
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") return Print("", Overview());
  if (name == "--version") return Print("", "selvage " SELVAGE_VERSION "\n");
  std::vector<std::string> names;
  for (const Command* command : Commands()) {
    if (command->usage.name == name) return Run(*command, std::span(arguments).subspan(1));
    names.push_back(command->usage.name);
  }
  return Fail("", ExitCode::kBadUsage,
              absl::StrCat("there is no subcommand \"", name, "\"", DidYouMean(name, names),
                           "\n  selvage --help lists them"));
}

}  // namespace
}  // namespace selvage::cli

int main(int argc, char** argv) {
  selvage::lockgraph::DoNotRecordProcess();
  // So that writing to a pipe that nobody reads is an error that can be told.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return selvage::cli::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::bad_alloc&) {
    return selvage::cli::Fail("", selvage::cli::ExitCode::kUnfinished, "out of memory");
  }
}
