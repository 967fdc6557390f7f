// selvage-cases: runs the documents' examples, and says whether each bug appears and each fix
// removes it.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "selvage/cases/flags.h"
#include "selvage/cases/json.h"
#include "selvage/cases/lock_order_reports.h"
#include "selvage/cases/page/page.h"
#include "selvage/cases/progress.h"
#include "selvage/cases/runner.h"
#include "selvage/cases/selection.h"
#include "selvage/cases/story.h"
#include "selvage/cases/table.h"
#include "selvage/harness/report/graphviz.h"
#include "selvage/harness/report/lock_order_dot.h"

ABSL_FLAG(bool, help, false, "show this");
ABSL_FLAG(bool, list, false, "list the cases with what goes wrong in them, and run nothing");
ABSL_FLAG(std::vector<std::string>, case, {},
          "NAME or NAME:VARIANT: run this one only; may be repeated, or a list with commas");
ABSL_FLAG(std::string, variant, "",
          "buggy, fixed, or the name of a variant: for cases named without one");
ABSL_FLAG(std::uint64_t, schedules, 10'000, "how many schedules to sample of each variant");
ABSL_FLAG(std::uint64_t, seed, 1, "where the random choices of schedules come from");
ABSL_FLAG(std::string, strategy, "default", "how schedules are chosen");
ABSL_FLAG(std::string, replay, "", "TOKEN: run the one schedule of it, of one case and variant");
ABSL_FLAG(std::string, json, "", "FILE: write the results there, too");
ABSL_FLAG(std::string, lock_order_dir, "",
          "DIR: write the lock orders of all variants there, as lock_order.json, .txt and .dot");
ABSL_FLAG(std::string, html, "",
          "FILE: write a page for a browser there, with the results, the failing schedules and the "
          "lock-order graph");

namespace selvage::cases {
namespace {

constexpr int kAsExpected = 0;
constexpr int kNotAsExpected = 1;
constexpr int kBadUsage = 2;

constexpr absl::Duration kDrawingLimit = absl::Seconds(20);

constexpr char kSummary[] =
    "selvage-cases: runs the documents' examples, buggy and fixed, under many schedules\n"
    "\n"
    "Exit codes: 0 every bug appears and no fix shows anything, or a replay shows what is "
    "expected;\n"
    "1 not so; 2 wrong usage.\n"
    "\n";

int Fail(const std::string& message) {
  std::cerr << "selvage-cases: " << message << "\n";
  return kBadUsage;
}

int List(const Selection& selection) {
  const Case* last = nullptr;
  for (const auto& [owner, variant] : selection) {
    if (owner != last) {
      if (last != nullptr) std::cout << "\n";
      last = owner;
      std::cout << owner->name << " (";
      const char* separator = "";
      for (const std::string_view document : owner->documents) {
        std::cout << separator << document;
        separator = " ";
      }
      std::cout << ")\n  what:  " << owner->goes_wrong << "\n  order: " << owner->order_of_events
                << "\n  fixed: " << owner->why_fixed << "\n";
    }
    const std::string kinds = KindCodes(variant->expected);
    std::cout << "  " << ExplorationName(*owner, *variant) << "  " << (kinds.empty() ? "-" : kinds)
              << "\n";
  }
  return kAsExpected;
}

int Replay(const Case& owner, const Variant& variant, const RunOptions& options) {
  const Result result = ReplayVariant(owner, variant, absl::GetFlag(FLAGS_replay), options);
  if (!result.error.empty()) return Fail(result.error);
  std::cout << result.Text();
  if (ReplayIsAsExpected(variant, result)) return kAsExpected;
  std::cout << (result.findings.empty() ? "nothing is found in this schedule\n"
                                        : "this is not what the case is expected to show\n");
  return kNotAsExpected;
}

std::string Verdict(const std::vector<VariantResult>& results) {
  std::size_t failures = 0;
  for (const VariantResult& result : results) {
    if (result.verdict == Verdict::kUnexpected) ++failures;
  }
  if (failures == 0 && results.size() == 1) return "1 variant, as expected\n";
  if (failures == 0) return absl::StrCat(results.size(), " variants, all as expected\n");
  return absl::StrCat("not as expected: ", failures, " of ", results.size(),
                      results.size() == 1 ? " variant\n" : " variants\n");
}

// Finds out before the work whether its results can be written. Empty, or why not.
std::string PrepareLockOrderDirectory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error || access(directory.c_str(), W_OK | X_OK) != 0) {
    return absl::StrCat("--lock_order_dir: ", directory, " can not be written");
  }
  return "";
}

// Writes what the flags ask for, after the run. False, having said why, if that failed.
bool WriteLockOrdersAndPage(const std::vector<VariantResult>& results, std::ofstream& page) {
  const std::string directory = absl::GetFlag(FLAGS_lock_order_dir);
  const std::string page_path = absl::GetFlag(FLAGS_html);
  if (directory.empty() && page_path.empty()) return true;
  const auto orders = MergeLockOrders(results);
  absl::Status status = orders.status();
  if (status.ok() && !directory.empty()) status = WriteLockOrderReports(directory, *orders);
  if (!status.ok()) {
    Fail(std::string(status.message()));
    return false;
  }
  if (page_path.empty()) return true;
  const std::string dot = report::LockOrderDot(orders->graph, orders->analysis);
  if (page << Page(results, dot, report::DrawWithGraphviz(dot, kDrawingLimit)) << std::flush) {
    return true;
  }
  Fail(absl::StrCat("writing ", page_path, " failed"));
  return false;
}

int RunAll(const Selection& selection, RunOptions options, std::ofstream* json,
           std::ofstream& page) {
  const Table table(selection);
  Progress progress(stderr);
  std::cout << table.Header() << std::endl;
  std::vector<VariantResult> results;
  for (const auto& [owner, variant] : selection) {
    progress.Start(ExplorationName(*owner, *variant));
    if (progress.shown()) {
      options.progress = [&progress](std::uint64_t so_far, std::uint64_t most) {
        progress.Update(so_far, most);
      };
    }
    results.push_back(RunVariant(*owner, *variant, options));
    progress.Clear();
    std::cout << table.Row(results.back()) << std::endl;
  }
  bool as_expected = true;
  for (const VariantResult& result : results) {
    if (result.verdict != Verdict::kUnexpected) continue;
    as_expected = false;
    std::cout << "\n" << ExplorationName(*result.owner, *result.variant) << "\n" << result.problem;
  }
  if (!absl::GetFlag(FLAGS_case).empty()) {
    for (const VariantResult& result : results) {
      if (result.verdict == Verdict::kAppears) std::cout << "\n" << StoryText(result);
    }
  }
  std::cout << "\n" << Verdict(results) << std::flush;
  if (!WriteLockOrdersAndPage(results, page)) return kBadUsage;
  if (json != nullptr && !(*json << ToJson(results) << std::flush)) {
    return Fail(absl::StrCat("writing ", absl::GetFlag(FLAGS_json), " failed"));
  }
  return as_expected ? kAsExpected : kNotAsExpected;
}

int Main(int argc, char** argv) {
  if (const absl::Status status = ParseFlags(argc, argv); !status.ok()) {
    return Fail(absl::StrCat(status.message(), "\n  --help lists the flags"));
  }
  if (absl::GetFlag(FLAGS_help)) {
    std::cout << kSummary << FlagsHelp();
    return kAsExpected;
  }
  RunOptions options;
  options.program = argv[0];
  options.schedules = absl::GetFlag(FLAGS_schedules);
  options.seed = absl::GetFlag(FLAGS_seed);
  options.strategy = absl::GetFlag(FLAGS_strategy);
  if (options.schedules == 0) return Fail("--schedules must be at least 1");
  if (const std::string error = StrategyError(options.strategy); !error.empty()) {
    return Fail(absl::StrCat("--strategy: ", error));
  }
  const auto selection = Select(absl::GetFlag(FLAGS_case), absl::GetFlag(FLAGS_variant));
  if (!selection.ok()) return Fail(std::string(selection.status().message()));
  if (absl::GetFlag(FLAGS_list)) return List(*selection);
  if (!absl::GetFlag(FLAGS_replay).empty()) {
    if (selection->size() != 1) {
      return Fail("--replay needs one case and variant: --case NAME:VARIANT --replay TOKEN");
    }
    return Replay(*selection->front().first, *selection->front().second, options);
  }
  if (const std::string directory = absl::GetFlag(FLAGS_lock_order_dir); !directory.empty()) {
    options.lock_order_report = true;
    if (const std::string error = PrepareLockOrderDirectory(directory); !error.empty()) {
      return Fail(error);
    }
  }
  std::ofstream page;
  if (const std::string path = absl::GetFlag(FLAGS_html); !path.empty()) {
    options.lock_order_report = true;
    page.open(path, std::ios::binary);
    if (!page) return Fail(absl::StrCat("--html: ", path, " can not be written"));
  }
  const std::string json_path = absl::GetFlag(FLAGS_json);
  if (json_path.empty()) return RunAll(*selection, options, nullptr, page);
  std::ofstream json(json_path, std::ios::binary);
  if (!json) return Fail(absl::StrCat("--json: ", json_path, " can not be written"));
  return RunAll(*selection, options, &json, page);
}

}  // namespace
}  // namespace selvage::cases

int main(int argc, char** argv) { return selvage::cases::Main(argc, argv); }
