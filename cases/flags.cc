#include "selvage/cases/flags.h"

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/str_cat.h"
#include "selvage/harness/nearest.h"

namespace selvage::cases {
namespace {

// Sorted by name.
std::map<std::string, absl::CommandLineFlag*> Flags() {
  std::map<std::string, absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) flags.emplace(std::string(name), flag);
  return flags;
}

absl::Status Unknown(const std::string& name) {
  const auto flags = Flags();
  std::vector<std::string> names;
  for (const auto& [known, flag] : flags) names.push_back(known);
  return absl::InvalidArgumentError(
      absl::StrCat("no flag is called --", name, DidYouMean(name, names, "--", "")));
}

absl::Status Set(absl::CommandLineFlag& flag, std::string value, bool again) {
  if (again && flag.IsOfType<std::vector<std::string>>()) {
    value = absl::StrCat(flag.CurrentValue(), ",", value);
  }
  std::string error;
  if (flag.ParseFrom(value, &error)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--", flag.Name(), " can not be \"", value, "\"",
                                                 error.empty() ? "" : ": ", error));
}

}  // namespace

absl::Status ParseFlags(int argc, const char* const* argv) {
  std::set<std::string> mentioned;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.size() < 2 || argument[0] != '-') {
      return absl::InvalidArgumentError(absl::StrCat("\"", argument, "\" is not a flag"));
    }
    const std::size_t dashes = argument[1] == '-' ? 2 : 1;
    const std::size_t equals = argument.find('=');
    std::string name = argument.substr(dashes);
    std::optional<std::string> value;
    if (equals != std::string::npos) {
      name = argument.substr(dashes, equals - dashes);
      value = argument.substr(equals + 1);
    }

    absl::CommandLineFlag* flag = absl::FindCommandLineFlag(name);
    if (flag == nullptr && !value && name.rfind("no", 0) == 0) {
      flag = absl::FindCommandLineFlag(name.substr(2));
      if (flag != nullptr && !flag->IsOfType<bool>()) flag = nullptr;
      value = "false";
    }
    if (flag == nullptr) return Unknown(name);
    if (!value && flag->IsOfType<bool>()) value = "true";
    if (!value) {
      if (i + 1 == argc) {
        return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value"));
      }
      value = argv[++i];
    }
    const bool again = !mentioned.insert(name).second;
    if (absl::Status status = Set(*flag, *value, again); !status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string FlagsHelp() {
  std::string help;
  for (const auto& [name, flag] : Flags()) {
    absl::StrAppend(&help, "  --", name, "\n      ", flag->Help());
    const std::string value = flag->DefaultValue();
    if (!value.empty() && !flag->IsOfType<bool>()) {
      absl::StrAppend(&help, " (default: ", value, ")");
    }
    help += "\n";
  }
  return help;
}

}  // namespace selvage::cases
