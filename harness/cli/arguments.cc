#include "selvage/harness/cli/arguments.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "selvage/harness/nearest.h"

namespace selvage::cli {
namespace {

const Flag* Find(const Usage& usage, const std::string& name) {
  const auto found = std::find_if(usage.flags.begin(), usage.flags.end(), [&](const Flag& flag) {
    return flag.name == name || (name.size() == 1 && flag.letter == name.front());
  });
  return found == usage.flags.end() ? nullptr : &*found;
}

absl::Status Unknown(const Usage& usage, const std::string& argument, const std::string& name) {
  std::vector<std::string> names{"help"};
  for (const Flag& flag : usage.flags) names.push_back(flag.name);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no ", argument, DidYouMean(name, names, "--", "")));
}

absl::Status CheckOperands(const Usage& usage, const std::vector<std::string>& operands) {
  if (operands.size() < usage.min_operands) {
    return absl::InvalidArgumentError(absl::StrCat("needs ", usage.operands, ", and was given ",
                                                   operands.empty() ? "nothing" : "less"));
  }
  if (operands.size() > usage.max_operands) {
    return absl::InvalidArgumentError(absl::StrCat(
        "takes ", usage.operands, ", and \"", operands[usage.max_operands], "\" is one too many"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> Arguments::Parse(std::span<const std::string> arguments,
                                           const Usage& usage) {
  Arguments parsed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      auto& rest = usage.rest == Rest::kCommand ? parsed.command_ : parsed.operands_;
      rest.insert(rest.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  arguments.end());
      break;
    }
    if (argument.size() < 2 || argument[0] != '-') {
      parsed.operands_.push_back(argument);
      continue;
    }
    if (argument == "--help" || argument == "-h") {
      parsed.help_ = true;
      return parsed;
    }
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const std::size_t dashes = argument[1] == '-' ? 2 : 1;
    const std::string spelled = argument.substr(0, equals);
    const std::string name = spelled.substr(dashes);
    const Flag* flag = Find(usage, name);
    if (flag == nullptr || (name.size() == 1) != (dashes == 1)) {
      return Unknown(usage, spelled, name);
    }
    std::string value;
    if (equals != argument.size()) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    }
    if (value.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(spelled, " needs a value: ", spelled, "=", flag->value));
    }
    if (!parsed.values_.emplace(flag->name, std::move(value)).second) {
      return absl::InvalidArgumentError(absl::StrCat("--", flag->name, " is given twice"));
    }
  }
  if (absl::Status status = CheckOperands(usage, parsed.operands_); !status.ok()) return status;
  return parsed;
}

std::optional<std::string> Arguments::Get(const std::string& flag) const {
  const auto found = values_.find(flag);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string Help(const Usage& usage) {
  std::string help = absl::StrCat("selvage ", usage.name, " ", usage.operands,
                                  usage.flags.empty() ? "" : " [FLAG...]", "\n\n", usage.summary,
                                  "\n", usage.details.empty() ? "" : "\n", usage.details, "\n");
  for (const Flag& flag : usage.flags) {
    absl::StrAppend(&help, "  --", flag.name, "=", flag.value);
    if (flag.letter != 0)
      absl::StrAppend(&help, ", -", std::string(1, flag.letter), " ", flag.value);
    absl::StrAppend(&help, "\n      ", flag.help, "\n");
  }
  return help + "  --help\n      show this\n";
}

}  // namespace selvage::cli
