#include "selvage/harness/settings/command_line.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "selvage/harness/settings/settings.h"

namespace selvage::settings {
namespace {

namespace fs = std::filesystem;

// PWD is the shell's: a program that starts another in another directory leaves it as it was.
bool IsInTheDirectoryOfTheShell() {
  const char* shell = std::getenv("PWD");
  std::error_code error;
  return shell != nullptr && fs::equivalent(shell, fs::current_path(error), error);
}

}  // namespace

const std::vector<std::string>& ProcessArguments() {
  static const std::vector<std::string> arguments = [] {
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    std::vector<std::string> read;
    for (std::string argument; std::getline(file, argument, '\0');) read.push_back(argument);
    return read;
  }();
  return arguments;
}

std::string ShellWord(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=+./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

std::string ProgramWord() {
  const std::vector<std::string>& arguments = ProcessArguments();
  const std::string typed = arguments.empty() ? "" : arguments[0];
  // Without a slash it was found in the PATH, and will be again.
  const bool from_anywhere =
      !typed.empty() && (typed[0] == '/' || typed.find('/') == std::string::npos);
  if (from_anywhere || (!typed.empty() && IsInTheDirectoryOfTheShell())) return ShellWord(typed);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? "<program>" : ShellWord(program.string());
}

std::string ReplayCommand() {
  std::string command = absl::StrCat("SELVAGE_REPLAY={token} ", ProgramWord());
  const std::vector<std::string>& arguments = ProcessArguments();
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    // A flag would override the variable.
    if (!IsFlagOf("replay", arguments[i])) absl::StrAppend(&command, " ", ShellWord(arguments[i]));
  }
  return command;
}

}  // namespace selvage::settings
