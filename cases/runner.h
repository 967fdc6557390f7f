// Explores a variant of a case, and judges whether it shows what it should.
#ifndef SELVAGE_CASES_RUNNER_H_
#define SELVAGE_CASES_RUNNER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/cases/case.h"
#include "selvage/harness/explore.h"

namespace selvage::cases {

// Whether the binary is linked with ThreadSanitizer; without it no data race can be seen.
bool UnderTsan();

struct RunOptions {
  // Schedules sampled for each variant, at most.
  std::uint64_t schedules = 10'000;
  std::uint64_t seed = 1;
  // As Options::strategy.
  std::string strategy = "default";
  // Whether VariantResult::lock_order is filled.
  bool lock_order_report = false;
  // How this program is called; the first word of replay commands.
  std::string program = "selvage-cases";
  // Called now and then while a variant is explored. May be empty.
  std::function<void(std::uint64_t schedules_so_far, std::uint64_t most_schedules)> progress;
};

enum class Verdict {
  kAppears,     // buggy: all expected kinds and no other
  kClean,       // no kind, and none was to be seen in this build
  kUnexpected,  // anything else
};

// All schedules with at most so many preemptions; absent: all there are.
struct Walk {
  std::uint64_t schedules = 0;
  std::optional<int> preemptions;
};

struct VariantResult {
  const Case* owner = nullptr;
  const Variant* variant = nullptr;
  bool under_tsan = false;
  // What is expected in this build: without TSan no data races. Increasing, as `seen`.
  std::vector<FindingKind> expected;
  std::vector<FindingKind> seen;
  // Of the sampling. Buggy variants are not sampled further than is needed once races or crashes
  // are known: each report of TSan costs some hundred microseconds, each crash a process.
  std::uint64_t schedules = 0;
  std::uint64_t failing = 0;
  std::uint64_t first_failure = 0;  // counted from 1; 0: none
  std::uint64_t tsan_races = 0;
  // The schedules that were walked completely, if any were.
  std::optional<Walk> walk;
  // The command that replays the first failure of the main kind, the first one expected; empty if
  // there is none.
  std::string replay;
  // All findings, the main kind's first: traces are of the shortest failing schedules known.
  std::vector<Finding> findings;
  // The lock-order report of the sampling, JSON, as Result::lock_order; if it was asked for.
  std::string lock_order;
  Verdict verdict = Verdict::kUnexpected;
  // What is not as it should be, several lines, each ended; empty otherwise.
  std::string problem;
};

// What the exploration of a variant is called, in tokens and on the command line: "counter:buggy".
std::string ExplorationName(const Case& owner, const Variant& variant);

// Buggy variants: samples schedules. Fixed ones: walks all schedules, first those without
// preemptions, then those with one, and so on until they become too many, and samples as well.
VariantResult RunVariant(const Case& owner, const Variant& variant, const RunOptions& options);

// Runs the one schedule that `token` stands for. A token that is damaged, of another variant, or of
// other code leaves Result::error non-empty.
Result ReplayVariant(const Case& owner, const Variant& variant, const std::string& token,
                     const RunOptions& options);

// Whether a replay shows kinds that the variant is expected to show, and no other.
bool ReplayIsAsExpected(const Variant& variant, const Result& result);

// Empty, or why Explore() does not take this strategy.
std::string StrategyError(const std::string& strategy);

// "R I": the kinds' codes.
std::string KindCodes(const std::vector<FindingKind>& kinds);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_RUNNER_H_
