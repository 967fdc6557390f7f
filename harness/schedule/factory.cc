#include "selvage/harness/schedule/factory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/nearest.h"
#include "selvage/harness/schedule/dpor.h"
#include "selvage/harness/schedule/exhaustive.h"
#include "selvage/harness/schedule/fair_tail.h"
#include "selvage/harness/schedule/learner.h"
#include "selvage/harness/schedule/pct.h"
#include "selvage/harness/schedule/pos.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/harness/schedule/reads_from.h"
#include "selvage/harness/schedule/rotation.h"
#include "selvage/harness/schedule/sticky_random.h"
#include "selvage/harness/schedule/surw.h"

namespace selvage::schedule {
namespace {

// Exhaustive's bound is compared with counts below it; more than this is no bound in practice.
constexpr std::uint32_t kMaxPreemptions = 1'000'000;

using Parameter = std::optional<std::uint32_t>;

struct Entry {
  std::string_view name;
  std::unique_ptr<Strategy> (*make)(Parameter parameter);
  // What the number after the colon may be; both 0 if there is none.
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  // Whether it prefers some tasks; a walk over all schedules does not.
  bool needs_fair_tail = true;
};

std::unique_ptr<Strategy> MadeBy(const Entry& entry, Parameter parameter) {
  std::unique_ptr<Strategy> strategy = entry.make(parameter);
  if (!entry.needs_fair_tail) return strategy;
  return std::make_unique<FairTail>(std::move(strategy));
}

template <typename T>
std::unique_ptr<Strategy> Make(Parameter) {
  return std::make_unique<T>();
}

template <typename T>
std::unique_ptr<Strategy> MakeWith(Parameter parameter) {
  return std::make_unique<T>(parameter);
}

std::unique_ptr<Strategy> MakeUrw(Parameter) {
  return std::make_unique<Surw>(Surw::Interest::kEverything);
}

using Variables = std::shared_ptr<SharedVariables>;

// SURW and RFF know of variables, and learn of them on their own or together.
std::unique_ptr<Strategy> SurwWith(const Variables& variables) {
  return std::make_unique<Learner>(std::make_unique<Surw>(Surw::Interest::kOneVariable, variables),
                                   variables);
}
std::unique_ptr<Strategy> ReadsFromWith(const Variables& variables) {
  return std::make_unique<Learner>(std::make_unique<ReadsFrom>(variables), variables);
}

template <auto make>
std::unique_ptr<Strategy> MakeAlone(Parameter) {
  return make(std::make_shared<SharedVariables>());
}

// SURW and RFF find most bugs first, and seldom the same; the others find some that those do not.
std::unique_ptr<Strategy> MakeDefault(Parameter) {
  const auto variables = std::make_shared<SharedVariables>();
  std::vector<std::unique_ptr<Strategy>> strategies;
  strategies.push_back(ReadsFromWith(variables));
  strategies.push_back(SurwWith(variables));
  strategies.push_back(MakeUrw({}));
  strategies.push_back(std::make_unique<Pct>());
  strategies.push_back(std::make_unique<Pos>());
  strategies.push_back(std::make_unique<StickyRandom>());
  return std::make_unique<Rotation>(std::move(strategies),
                                    std::vector<std::uint8_t>{0, 1, 2, 0, 1, 3, 0, 1, 4, 0, 1, 5});
}

constexpr Entry kEntries[] = {
    {"default", MakeDefault},
    {"random", Make<RandomWalk>},
    {"sticky", Make<StickyRandom>},
    {"pct", MakeWith<Pct>, 1, Pct::kMaxDepth},
    {"pos", Make<Pos>},
    {"surw", MakeAlone<SurwWith>},
    {"urw", MakeUrw},
    {"rff", MakeAlone<ReadsFromWith>},
    {"exhaustive", MakeWith<Exhaustive>, 0, kMaxPreemptions, /*needs_fair_tail=*/false},
    {"dpor", Make<Dpor>, 0, 0, /*needs_fair_tail=*/false},
};

// Insertions, deletions and replacements that make one of the other.
// Debian's Abseil has a string_view of its own, so what goes to Abseil here is a std::string.
absl::Status UnknownName(std::string_view name) {
  constexpr std::size_t kLongestQuoted = 40;
  std::string quoted(name.substr(0, kLongestQuoted));
  if (name.size() > kLongestQuoted) quoted += "...";
  const std::vector<std::string> names = StrategyNames();
  const std::string nearest = DidYouMean(std::string(name), names);
  return absl::InvalidArgumentError(absl::StrCat("no strategy is called \"", quoted, "\"",
                                                 nearest.empty() ? "." : nearest,
                                                 " There are: ", absl::StrJoin(names, ", ")));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Strategy>> MakeStrategy(std::string_view spec) {
  const std::size_t colon = spec.find(':');
  const std::string_view name = spec.substr(0, colon);
  const Entry* entry = std::find_if(std::begin(kEntries), std::end(kEntries),
                                    [&](const Entry& candidate) { return candidate.name == name; });
  if (entry == std::end(kEntries)) return UnknownName(name);
  if (colon == std::string_view::npos) return MadeBy(*entry, std::nullopt);
  if (entry->most == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("strategy \"", std::string(name), "\" takes no number after a colon"));
  }
  std::uint32_t parameter = 0;
  if (!absl::SimpleAtoi(std::string(spec.substr(colon + 1)), &parameter) ||
      parameter < entry->least || parameter > entry->most) {
    return absl::InvalidArgumentError(absl::StrCat("strategy \"", std::string(name),
                                                   ":N\" needs a number N from ", entry->least,
                                                   " to ", entry->most));
  }
  return MadeBy(*entry, parameter);
}

std::vector<std::string> StrategyNames() {
  std::vector<std::string> names;
  for (const Entry& entry : kEntries) names.emplace_back(entry.name);
  return names;
}

}  // namespace selvage::schedule
