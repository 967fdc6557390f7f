#include "selvage/harness/settings/settings.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "selvage/harness/nearest.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/settings/command_line.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::settings {
namespace {

// --- Values ---

absl::Status Read(const std::string& text, bool& value) {
  if (absl::SimpleAtob(text, &value)) return absl::OkStatus();
  return absl::InvalidArgumentError("true or false is needed");
}

template <typename Number>
requires std::is_unsigned_v<Number> absl::Status Read(const std::string& text, Number& value) {
  if (absl::SimpleAtoi(text, &value)) return absl::OkStatus();
  return absl::InvalidArgumentError("a whole number, at least 0, is needed");
}

absl::Status Read(const std::string& text, std::chrono::nanoseconds& value) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("a time with its unit is needed, like 30s or 1m30s");
  }
  value = absl::ToChronoNanoseconds(duration);
  return absl::OkStatus();
}

absl::Status Read(const std::string& text, std::string& value) {
  value = text;
  return absl::OkStatus();
}

std::string Show(bool value) { return value ? "true" : "false"; }
template <typename Number>
requires std::is_unsigned_v<Number> std::string Show(Number value) { return absl::StrCat(value); }
std::string Show(std::chrono::nanoseconds value) {
  return absl::FormatDuration(absl::FromChrono(value));
}
std::string Show(const std::string& value) { return value; }

// --- The table ---

struct Setting {
  const char* name;
  const char* value;  // what its value is called in the help
  const char* help;
  bool is_bool = false;
  // Null for settings of the whole program, which no single exploration has.
  absl::Status (*set)(const std::string& text, Options& options) = nullptr;
  std::string (*show)(const Options& options) = nullptr;
};

constexpr bool Always(const Options&) { return true; }
constexpr bool HasSchedules(const Options& options) { return options.schedules > 0; }
constexpr bool HasSteps(const Options& options) { return options.max_steps > 0; }
constexpr bool HasStack(const Options& options) { return options.stack_size > 0; }

// `is_valid` says whether what was read makes sense; `needed` what is needed if not.
template <auto member, bool (*is_valid)(const Options&) = &Always>
constexpr Setting Of(const char* name, const char* value, const char* help) {
  constexpr bool kIsBool = std::is_same_v<std::decay_t<decltype(Options{}.*member)>, bool>;
  return {name,
          value,
          help,
          kIsBool,
          [](const std::string& text, Options& options) {
            if (auto status = Read(text, options.*member); !status.ok()) return status;
            if (is_valid(options)) return absl::OkStatus();
            return absl::InvalidArgumentError("at least one is needed");
          },
          [](const Options& options) { return Show(options.*member); }};
}

constexpr Setting OfTheProgram(const char* name, const char* value, const char* help) {
  return {.name = name, .value = value, .help = help, .is_bool = std::string_view(value) == "BOOL"};
}

absl::Status SetStrategy(const std::string& text, Options& options) {
  options.strategy = text;
  return schedule::MakeStrategy(text).status();
}

struct Named {
  OnUncontrolled value;
  std::string_view name;
};
constexpr Named kOnUncontrolled[] = {{OnUncontrolled::kWarn, "warn"},
                                     {OnUncontrolled::kFail, "fail"},
                                     {OnUncontrolled::kIgnore, "ignore"}};

absl::Status SetUncontrolled(const std::string& text, Options& options) {
  for (const Named& known : kOnUncontrolled) {
    if (known.name != text) continue;
    options.uncontrolled = known.value;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("warn, fail or ignore is needed");
}

std::string ShowUncontrolled(const Options& options) {
  return std::string(kOnUncontrolled[static_cast<std::size_t>(options.uncontrolled)].name);
}

constexpr Setting kSettings[] = {
    Of<&Options::schedules, &HasSchedules>("schedules", "N",
                                           "at most so many schedules for each test"),
    Of<&Options::time_budget>("time_budget", "TIME",
                              "at most so long for each test, like 30s; 0: no limit"),
    Of<&Options::seed>("seed", "N", "the seed of all random choices"),
    {"strategy", "NAME",
     "how schedules are chosen: default, random, sticky, pct, pct:DEPTH, pos, surw, urw, rff, "
     "exhaustive, exhaustive:PREEMPTIONS, dpor",
     false, &SetStrategy, [](const Options& options) { return options.strategy; }},
    Of<&Options::replay>("replay", "TOKEN", "run this one schedule, as a failure printed it"),
    Of<&Options::replay_command>(
        "replay_command", "COMMAND",
        "what is printed to replay a failure; {token} stands for its token"),
    Of<&Options::stop_at_first_failure>("stop_at_first_failure", "BOOL",
                                        "end with the first failing schedule"),
    Of<&Options::shrink>("shrink", "BOOL", "make failing schedules shorter before they are shown"),
    Of<&Options::isolate>("isolate", "BOOL",
                          "run schedules in child processes, so that a crash is a finding"),
    Of<&Options::max_steps, &HasSteps>(
        "max_steps", "N", "operations after which a schedule is given up as one without an end"),
    Of<&Options::spurious_wakeups>("spurious_wakeups", "N",
                                   "waits of a schedule that may return without a notification"),
    Of<&Options::early_timeouts>("early_timeouts", "BOOL",
                                 "timed waits may expire while other tasks could run"),
    Of<&Options::memory_points>("memory_points", "BOOL",
                                "plain loads and stores are scheduling points"),
    Of<&Options::control_native>("control_native", "BOOL",
                                 "std::mutex, std::thread and pthread functions are under control"),
    {"uncontrolled", "WHAT",
     "what follows if a task does what is not under control, like starting a native thread: warn, "
     "fail, ignore",
     false, &SetUncontrolled, &ShowUncontrolled},
    Of<&Options::unwind>(
        "unwind", "BOOL",
        "unwind the tasks of a schedule that is given up, so that destructors run"),
    Of<&Options::blocked_daemons>("blocked_daemons", "BOOL",
                                  "a daemon that waits for ever at the end is a finding"),
    Of<&Options::fresh_bodies>("fresh_bodies", "BOOL",
                               "a thread of its own for every task, with untouched thread_locals"),
    Of<&Options::stack_size, &HasStack>("stack_size", "BYTES", "stack of each task"),
    Of<&Options::watchdog>("watchdog", "TIME",
                           "how long a task may pass no scheduling point; 0: for ever"),
    Of<&Options::lock_order>("find_lock_order_cycles", "BOOL",
                             "record lock orders; a cycle among them is a finding"),
    Of<&Options::confirm_cycles>("confirm_cycles", "BOOL",
                                 "try to make predicted deadlocks happen"),
    OfTheProgram("lock_order", "FILE", "where the lock-order report of the program goes"),
    OfTheProgram("baseline", "FILE",
                 "accepted lock-order cycles, for binaries linked with selvage::gtest_main"),
    OfTheProgram("quiet", "BOOL", "no line for a test that passes, no warnings"),
};

// Does not compile when Options has a member that is not listed: give it a line in the table. Three
// have none: they are for code alone.
[[maybe_unused]] void EveryOptionHasItsLine(Options& options) {
  [[maybe_unused]] auto& [name, schedules, time_budget, seed, strategy, replay,
                          stop_at_first_failure, shrink, lock_order, confirm_cycles,
                          lock_order_report, isolate, max_steps, spurious_wakeups, early_timeouts,
                          memory_points, control_native, uncontrolled, unwind, blocked_daemons,
                          fresh_bodies, stack_size, watchdog, on_schedule, replay_command,
                          overridable] = options;
}

const Setting* Find(const std::string& name) {
  const auto* const found =
      std::find_if(std::begin(kSettings), std::end(kSettings),
                   [&](const Setting& setting) { return setting.name == name; });
  return found == std::end(kSettings) ? nullptr : found;
}

// As flags or variables, by `spell`.
template <typename Spell>
std::vector<std::string> SettingNames(const Spell& spell) {
  std::vector<std::string> names;
  for (const Setting& setting : kSettings) names.push_back(spell(setting.name));
  return names;
}

// Checks the value of a program's setting too, and leaves `options` alone then.
absl::Status Apply(const Setting& setting, const std::string& spelling, const std::string& text,
                   Options& options) {
  absl::Status status;
  if (setting.set != nullptr) {
    status = setting.set(text, options);
  } else if (setting.is_bool) {
    bool ignored;
    status = Read(text, ignored);
  }
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(spelling, "=", text, ": ", status.message()));
}

// --- Flags ---

struct Flag {
  std::string spelling;
  std::string name;
  std::optional<std::string> value;
};

// Of an argument that begins with dashes and "selvage".
std::optional<Flag> AsFlag(const std::string& argument) {
  constexpr std::string_view kStem = "selvage";
  const std::size_t equals = std::min(argument.find('='), argument.size());
  Flag flag;
  flag.spelling = argument.substr(0, equals);
  const std::size_t dashes = std::min(flag.spelling.find_first_not_of('-'), flag.spelling.size());
  std::string plain = absl::StrReplaceAll(flag.spelling.substr(dashes), {{"-", "_"}});
  if (dashes == 0 || !absl::AsciiStrToLower(plain).starts_with(kStem)) return std::nullopt;
  plain.erase(0, kStem.size());
  if (!plain.empty() && plain[0] != '_') return std::nullopt;  // another's word
  if (!plain.empty()) flag.name = plain.substr(1);
  if (equals < argument.size()) flag.value = argument.substr(equals + 1);
  return flag;
}

bool IsSpelledRight(const Flag& flag) {
  return flag.spelling.starts_with("--selvage_") || flag.spelling.starts_with("--selvage-");
}

absl::Status UnknownFlag(const Flag& flag) {
  return absl::InvalidArgumentError(
      absl::StrCat("there is no flag ", flag.spelling,
                   DidYouMean(flag.name, SettingNames([](const std::string& name) { return name; }),
                              "--selvage_", "")));
}

absl::StatusOr<std::string> ValueOf(const Flag& flag, const Setting& setting) {
  if (flag.value) return *flag.value;
  if (setting.is_bool) return "true";
  return absl::InvalidArgumentError(
      absl::StrCat(flag.spelling, " needs a value: ", flag.spelling, "=", setting.value));
}

// The flags among `arguments`.
std::vector<Flag> FlagsAmong(std::span<const std::string> arguments) {
  std::vector<Flag> flags;
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (auto flag = AsFlag(argument)) flags.push_back(*std::move(flag));
  }
  return flags;
}

// --- Variables ---

constexpr std::string_view kVariablePrefix = "SELVAGE_";

std::string Variable(const std::string& name) {
  return absl::StrCat("SELVAGE_", absl::AsciiStrToUpper(name));
}

// Those of the project's build, which a CI job may have in the environment of everything it runs.
bool IsOfTheBuild(const std::string& variable) {
  return variable == "SELVAGE_SANITIZE" || variable == "SELVAGE_SOURCE" ||
         variable == "SELVAGE_WERROR" || variable == "SELVAGE_INSTALL" ||
         variable.starts_with("SELVAGE_BUILD_");
}

absl::Status UnknownVariable(const std::string& variable) {
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no variable ", variable,
      DidYouMean(absl::AsciiStrToUpper(variable.substr(kVariablePrefix.size())),
                 SettingNames([](const std::string& name) { return absl::AsciiStrToUpper(name); }),
                 std::string(kVariablePrefix), "")));
}

}  // namespace

absl::Status ApplyEnvironment(Options& options) {
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view assignment = *entry;
    if (!assignment.starts_with(kVariablePrefix)) continue;
    const std::size_t equals = std::min(assignment.find('='), assignment.size() - 1);
    const std::string variable(assignment.substr(0, equals));
    const std::string text(assignment.substr(equals + 1));
    if (text.empty() || IsOfTheBuild(variable)) continue;
    const std::string name = absl::AsciiStrToLower(variable.substr(kVariablePrefix.size()));
    const Setting* setting = Find(name);
    if (setting == nullptr || Variable(name) != variable) return UnknownVariable(variable);
    if (auto status = Apply(*setting, variable, text, options); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status ApplyArguments(std::span<const std::string> arguments, Options& options) {
  for (const Flag& flag : FlagsAmong(arguments)) {
    const Setting* setting = Find(flag.name);
    if (setting == nullptr || !IsSpelledRight(flag)) return UnknownFlag(flag);
    const auto value = ValueOf(flag, *setting);
    if (!value.ok()) return value.status();
    if (auto status = Apply(*setting, flag.spelling, *value, options); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Apply(Options& options) {
  // What explorations on several threads read, one of them has made, unseen by TSan.
  const tsan::IgnoreScope unseen;
  absl::Status status = ApplyEnvironment(options);
  if (status.ok()) status = ApplyArguments(ProcessArguments(), options);
  return status;
}

absl::StatusOr<std::string> ProgramSetting(const std::string& name) {
  const tsan::IgnoreScope unseen;
  const Setting* setting = Find(name);
  std::optional<std::string> last;
  for (const Flag& flag : FlagsAmong(ProcessArguments())) {
    if (flag.name != name) continue;
    const auto value = ValueOf(flag, *setting);
    if (!value.ok()) return value.status();
    last = *value;
  }
  if (last) return *last;
  const char* text = std::getenv(Variable(name).c_str());
  return text == nullptr ? "" : text;
}

bool Quiet() {
  const auto text = ProgramSetting("quiet");
  bool quiet = false;
  return text.ok() && Read(*text, quiet).ok() && quiet;
}

bool IsFlagOf(const std::string& name, const std::string& argument) {
  const std::optional<Flag> flag = AsFlag(argument);
  return flag && flag->name == name;
}

std::string Help() {
  std::string help =
      "Selvage's flags, for SELVAGE_TEST and Explore(). The environment has the same: "
      "SELVAGE_SEED=5 is\n--selvage_seed=5. A flag overrides a variable, which overrides the "
      "code.\n\n";
  const Options defaults;
  for (const Setting& setting : kSettings) {
    absl::StrAppend(&help, "  --selvage_", setting.name, "=", setting.value, "\n      ",
                    setting.help);
    const std::string value = setting.show == nullptr ? "" : setting.show(defaults);
    if (!value.empty()) absl::StrAppend(&help, " (default: ", value, ")");
    help += "\n";
  }
  return help;
}

}  // namespace selvage::settings
