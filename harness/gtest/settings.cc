#include "selvage/harness/gtest/settings.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "selvage/harness/nearest.h"
#include "selvage/harness/schedule/factory.h"

namespace selvage {
namespace {

absl::Status SetNumber(const std::string& text, std::uint64_t& number) {
  if (absl::SimpleAtoi(text, &number)) return absl::OkStatus();
  return absl::InvalidArgumentError("a whole number, at least 0, is needed");
}

struct Setting {
  const char* name;  // as a flag, without "--selvage_"
  absl::Status (*set)(const std::string& text, Options& options);
};

constexpr Setting kSettings[] = {
    {"schedules",
     [](const std::string& text, Options& options) {
       if (auto status = SetNumber(text, options.schedules); !status.ok()) return status;
       return options.schedules > 0 ? absl::OkStatus()
                                    : absl::InvalidArgumentError("at least one is needed");
     }},
    {"seed",
     [](const std::string& text, Options& options) { return SetNumber(text, options.seed); }},
    {"strategy",
     [](const std::string& text, Options& options) {
       options.strategy = text;
       return schedule::MakeStrategy(text).status();
     }},
    {"time_budget",
     [](const std::string& text, Options& options) {
       absl::Duration duration;
       if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
         return absl::InvalidArgumentError("a time with its unit is needed, like 30s or 1m30s");
       }
       options.time_budget = absl::ToChronoNanoseconds(duration);
       return absl::OkStatus();
     }},
    {"isolate",
     [](const std::string& text, Options& options) {
       return absl::SimpleAtob(text, &options.isolate)
                  ? absl::OkStatus()
                  : absl::InvalidArgumentError("true or false is needed");
     }},
    {"replay",
     [](const std::string& text, Options& options) {
       options.replay = text;
       return absl::OkStatus();
     }},
};

absl::Status Apply(const Setting& setting, const std::string& spelling, const std::string& text,
                   Options& options) {
  const absl::Status status = setting.set(text, options);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(spelling, "=", text, ": ", status.message()));
}

// An argument that begins with --selvage_ or --selvage-.
struct Flag {
  std::string spelling;
  std::string name;
  std::optional<std::string> value;
};

std::optional<Flag> AsFlag(const std::string& argument) {
  constexpr std::string_view kPrefix = "--selvage_";
  const std::size_t equals = std::min(argument.find('='), argument.size());
  Flag flag;
  flag.spelling = argument.substr(0, equals);
  const std::string plain = absl::StrReplaceAll(flag.spelling, {{"-", "_"}});
  if (!plain.starts_with("__selvage_")) return std::nullopt;
  flag.name = plain.substr(kPrefix.size());
  if (equals < argument.size()) flag.value = argument.substr(equals + 1);
  return flag;
}

absl::Status NeedsValue(const Flag& flag) {
  return absl::InvalidArgumentError(
      absl::StrCat(flag.spelling, " needs a value: ", flag.spelling, "=..."));
}

std::string Variable(const std::string& name) {
  return absl::StrCat("SELVAGE_", absl::AsciiStrToUpper(name));
}

// Settings that no single test has.
constexpr const char* kProgramSettings[] = {"lock_order", "baseline"};

bool IsOfTheProgram(const std::string& name) {
  return std::find(std::begin(kProgramSettings), std::end(kProgramSettings), name) !=
         std::end(kProgramSettings);
}

absl::Status UnknownFlag(const std::string& flag) {
  std::vector<std::string> names(std::begin(kProgramSettings), std::end(kProgramSettings));
  for (const Setting& setting : kSettings) names.push_back(setting.name);
  const std::string nearest = Nearest(flag, names);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no flag --selvage_", flag, "; did you mean --selvage_", nearest, "?"));
}

}  // namespace

absl::Status ApplyEnvironment(Options& options) {
  for (const Setting& setting : kSettings) {
    const std::string variable = Variable(setting.name);
    const char* text = std::getenv(variable.c_str());
    if (text == nullptr || *text == '\0') continue;
    if (auto status = Apply(setting, variable, text, options); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ApplyArguments(const std::vector<std::string>& arguments, Options& options) {
  for (const std::string& argument : arguments) {
    const std::optional<Flag> flag = AsFlag(argument);
    if (!flag) continue;
    const auto* const setting =
        std::find_if(std::begin(kSettings), std::end(kSettings),
                     [&](const Setting& s) { return flag->name == s.name; });
    if (setting == std::end(kSettings)) {
      if (IsOfTheProgram(flag->name)) continue;
      return UnknownFlag(flag->name);
    }
    if (!flag->value) return NeedsValue(*flag);
    if (auto status = Apply(*setting, flag->spelling, *flag->value, options); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ProgramSetting(const std::string& name) {
  for (const std::string& argument : ProcessArguments()) {
    const std::optional<Flag> flag = AsFlag(argument);
    if (!flag || flag->name != name) continue;
    if (!flag->value) return NeedsValue(*flag);
    return *flag->value;
  }
  const char* text = std::getenv(Variable(name).c_str());
  return text == nullptr ? "" : text;
}

std::vector<std::string> ProcessArguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

}  // namespace selvage
