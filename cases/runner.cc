#include "selvage/cases/runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/settings/command_line.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::cases {
namespace {

// Schedules run by the walk of a fixed variant.
constexpr std::uint64_t kMostWalked = 50'000;
// Schedules after which a buggy variant that has shown data races, and all else that is expected,
// is not sampled further.
constexpr std::uint64_t kEnoughWithRaces = 1'000;
// The same for crashes, each of which takes a process.
constexpr std::uint64_t kEnoughWithCrashes = 200;

bool Contains(const std::vector<FindingKind>& kinds, FindingKind kind) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

bool IsSubset(const std::vector<FindingKind>& kinds, const std::vector<FindingKind>& of) {
  return std::all_of(kinds.begin(), kinds.end(),
                     [&](FindingKind kind) { return Contains(of, kind); });
}

std::vector<FindingKind> KindsOf(const Result& result) {
  std::vector<FindingKind> kinds;
  for (const Finding& finding : result.findings) kinds.push_back(finding.kind);
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

std::vector<FindingKind> VisibleHere(std::vector<FindingKind> kinds) {
  if (!UnderTsan()) {
    kinds.erase(std::remove(kinds.begin(), kinds.end(), FindingKind::kDataRace), kinds.end());
  }
  return kinds;
}

Options ExploreOptions(const Case& owner, const Variant& variant, const RunOptions& options) {
  Options explore;
  explore.name = ExplorationName(owner, variant);
  explore.overridable = false;  // the runner has flags of its own
  explore.seed = options.seed;
  explore.strategy = options.strategy;
  explore.isolate = owner.isolated();
  explore.schedules = options.schedules;
  explore.stop_at_first_failure = false;
  explore.lock_order_report = options.lock_order_report;
  explore.replay_command = absl::StrCat(settings::ShellWord(options.program), " --case ",
                                        explore.name, " --replay {token}");
  if (options.progress) {
    explore.on_schedule = [&options, most = options.schedules](std::uint64_t so_far) {
      options.progress(so_far, most);
      return true;
    };
  }
  return explore;
}

Result Sample(const Case& owner, const Variant& variant, const RunOptions& options) {
  Options explore = ExploreOptions(owner, variant, options);
  const std::uint64_t enough =
      Contains(variant.expected, FindingKind::kCrash) ? kEnoughWithCrashes : kEnoughWithRaces;
  if (variant.role == Role::kBuggy && options.schedules > enough) {
    explore.schedules = enough;
    Result result = Explore(variant.body, explore);
    const bool complete = IsSubset(VisibleHere(variant.expected), KindsOf(result));
    const bool slow = result.races > 0 || result.Has(FindingKind::kCrash);
    if (!result.error.empty() || (complete && slow)) return result;
    explore.schedules = options.schedules;
  }
  return Explore(variant.body, explore);
}

std::optional<Walk> WalkOf(const Result& result) {
  if (result.walked == 0) return std::nullopt;
  Walk walk{.schedules = result.walked, .preemptions = std::nullopt};
  if (result.walked_preemptions >= 0) walk.preemptions = result.walked_preemptions;
  return walk;
}

Result WalkAll(const Case& owner, const Variant& variant, const RunOptions& options) {
  Options explore = ExploreOptions(owner, variant, options);
  explore.strategy = "exhaustive:64";  // more than are ever reached
  explore.schedules = kMostWalked;
  // Where TSan sees that there is no data race, switching at primitives alone shows all behaviours.
  explore.memory_points = !UnderTsan();
  explore.stop_at_first_failure = true;
  return Explore(variant.body, explore);
}

// The main kind's first: the earliest expected kind that was seen; then those found first.
std::vector<Finding> Ordered(const Variant& variant, std::vector<Finding> findings) {
  const auto rank = [&](const Finding& finding) {
    const auto found = std::find(variant.expected.begin(), variant.expected.end(), finding.kind);
    return std::pair(found - variant.expected.begin(), finding.first_schedule);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return rank(a) < rank(b); });
  return findings;
}

std::string ReplayOf(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (!finding.replay.empty()) return finding.replay;
  }
  return "";
}

// What `result` shows and should not, or does not and should.
std::string Problem(const Result& result, const std::vector<FindingKind>& expected,
                    const std::vector<FindingKind>& seen) {
  std::string problem;
  if (!result.error.empty()) absl::StrAppend(&problem, "error: ", result.error, "\n");
  if (!result.nondeterminism.empty()) {
    absl::StrAppend(&problem, "uncontrolled nondeterminism: ", result.nondeterminism, "\n");
  }
  for (const FindingKind kind : expected) {
    if (Contains(seen, kind)) continue;
    absl::StrAppend(&problem, "expected and not seen in ", result.schedules,
                    result.schedules == 1 ? " schedule: " : " schedules: ",
                    std::string(FindingKindName(kind)), "\n");
  }
  for (const Finding& finding : result.findings) {
    if (Contains(expected, finding.kind)) continue;
    absl::StrAppend(&problem, "not expected: ", std::string(FindingKindName(finding.kind)), ": ",
                    finding.summary, "\n", finding.details, finding.trace);
    if (!finding.replay.empty()) absl::StrAppend(&problem, "  replay: ", finding.replay, "\n");
  }
  return problem;
}

}  // namespace

bool Case::isolated() const {
  return std::any_of(variants.begin(), variants.end(), [](const Variant& variant) {
    return Contains(variant.expected, FindingKind::kCrash);
  });
}

bool UnderTsan() { return tsan::Present(); }

std::string ExplorationName(const Case& owner, const Variant& variant) {
  return absl::StrCat(std::string(owner.name), ":", std::string(variant.name));
}

VariantResult RunVariant(const Case& owner, const Variant& variant, const RunOptions& options) {
  VariantResult result;
  result.owner = &owner;
  result.variant = &variant;
  result.under_tsan = UnderTsan();
  result.expected = VisibleHere(variant.expected);

  if (variant.role == Role::kFixed && options.strategy != "exhaustive") {
    const Result walk = WalkAll(owner, variant, options);
    result.walk = WalkOf(walk);
    result.seen = KindsOf(walk);
    result.findings = walk.findings;
    result.problem = Problem(walk, result.expected, result.seen);
  }
  Result sample = Sample(owner, variant, options);
  result.lock_order = std::move(sample.lock_order);
  if (sample.exhausted) result.walk = WalkOf(sample);
  result.schedules = sample.schedules;
  result.failing = sample.failing;
  result.first_failure = sample.first_failure;
  result.tsan_races = sample.races;
  for (const FindingKind kind : KindsOf(sample)) {
    if (!Contains(result.seen, kind)) result.seen.push_back(kind);
  }
  std::sort(result.seen.begin(), result.seen.end());
  result.findings.insert(result.findings.end(), sample.findings.begin(), sample.findings.end());
  result.findings = Ordered(variant, std::move(result.findings));
  result.replay = ReplayOf(result.findings);
  if (result.problem.empty()) result.problem = Problem(sample, result.expected, result.seen);

  if (!result.problem.empty()) {
    result.verdict = Verdict::kUnexpected;
  } else {
    result.verdict = result.seen.empty() ? Verdict::kClean : Verdict::kAppears;
  }
  return result;
}

Result ReplayVariant(const Case& owner, const Variant& variant, const std::string& token,
                     const RunOptions& options) {
  Options explore = ExploreOptions(owner, variant, options);
  explore.replay = token;
  explore.on_schedule = nullptr;
  return Explore(variant.body, explore);
}

bool ReplayIsAsExpected(const Variant& variant, const Result& result) {
  return result.error.empty() && !result.findings.empty() &&
         IsSubset(KindsOf(result), variant.expected);
}

std::string StrategyError(const std::string& strategy) {
  Options explore;
  explore.overridable = false;
  explore.schedules = 0;
  explore.strategy = strategy;
  return Explore([] {}, explore).error;
}

std::string KindCodes(const std::vector<FindingKind>& kinds) {
  std::string codes;
  for (const FindingKind kind : kinds) {
    absl::StrAppend(&codes, codes.empty() ? "" : " ", std::string(FindingKindCode(kind)));
  }
  return codes;
}

}  // namespace selvage::cases
