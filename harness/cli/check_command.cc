// selvage check: the verdict on runs, for CI.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/baseline.h"
#include "selvage/harness/lockgraph/declared_order.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::cli {
namespace {

using lockgraph::Analysis;
using lockgraph::BaselineComparison;
using lockgraph::Cycle;
using lockgraph::RecordedGraph;

// What `parse` makes of the text of the file that the flag names; nothing without the flag.
template <typename Parse>
auto ReadFlag(const Arguments& arguments, const char* flag, const Parse& parse)
    -> decltype(parse(std::string())) {
  const std::optional<std::string> path = arguments.Get(flag);
  if (!path) return parse("");
  const auto text = ReadTextFile(*path);
  if (!text.ok()) return text.status();
  auto parsed = parse(*text);
  if (parsed.ok()) return parsed;
  return absl::InvalidArgumentError(absl::StrCat(*path, ": ", parsed.status().message()));
}

std::string Plural(std::size_t n, const char* one, const char* many) {
  return absl::StrCat(n, " ", n == 1 ? one : many);
}

std::string Headline(const Analysis& analysis, const BaselineComparison& comparison) {
  std::vector<std::string> wrong;
  if (!comparison.unaccepted.empty()) {
    wrong.push_back(Plural(comparison.unaccepted.size(), "cycle that can deadlock",
                           "cycles that can deadlock"));
  }
  if (!analysis.violations.empty()) {
    wrong.push_back(Plural(analysis.violations.size(), "violation of a declared order",
                           "violations of declared orders"));
  }
  if (!comparison.stale.empty()) {
    wrong.push_back(Plural(comparison.stale.size(), "stale entry of the baseline",
                           "stale entries of the baseline"));
  }
  return absl::StrCat("lock order: ", wrong.empty() ? "no finding" : absl::StrJoin(wrong, ", "),
                      comparison.accepted.empty()
                          ? ""
                          : absl::StrCat("; ", comparison.accepted.size(), " accepted"),
                      "\n");
}

std::string Violations(const RecordedGraph& graph, const Analysis& analysis) {
  const lockgraph::Names names(graph);
  std::string text;
  for (const lockgraph::OrderViolation& violation : analysis.violations) {
    const lockgraph::Dependency& dependency = graph.dependencies[violation.dependency];
    absl::StrAppend(&text, "\ndeclared order violated: ", violation.rule, "\n    ",
                    names.Thread(dependency.thread), " holds ", names.Lock(violation.held),
                    " and asks for ", names.Lock(violation.asked),
                    dependency.site == lockgraph::kNone
                        ? ""
                        : absl::StrCat(" at ", names.Place(dependency.site)),
                    "\n");
  }
  return text;
}

std::string Print(const RecordedGraph& graph, const Analysis& analysis,
                  const BaselineComparison& comparison) {
  std::string text = Headline(analysis, comparison);
  int number = 0;
  for (const Cycle* cycle : comparison.unaccepted) {
    absl::StrAppend(&text, "\n[", ++number, "] ", lockgraph::VerdictName(cycle->verdict), ": ",
                    cycle->reason, "\n", report::LockOrderCycleText(graph, analysis, *cycle));
  }
  text += Violations(graph, analysis);
  if (!comparison.stale.empty()) text += "\n";
  for (const std::string& entry : comparison.stale) absl::StrAppend(&text, entry, "\n");
  std::string lines;
  for (const Cycle* cycle : comparison.unaccepted) {
    if (lockgraph::HasHappened(cycle->verdict)) continue;
    absl::StrAppend(&lines, "    ", cycle->fingerprint, " OWNER YYYY-MM-DD REASON\n");
  }
  if (!lines.empty()) {
    absl::StrAppend(&text, "\nto accept it for a while, add to the --baseline file:\n", lines);
  }
  return text;
}

absl::StatusOr<ExitCode> RunCheck(const Arguments& arguments) {
  const auto baseline = ReadFlag(arguments, "baseline", [](const std::string& text) {
    return lockgraph::ParseBaseline(text);
  });
  if (!baseline.ok()) return baseline.status();
  lockgraph::AnalysisOptions options;
  auto declared = ReadFlag(arguments, "order", [](const std::string& text) {
    return lockgraph::ParseDeclaredOrders(text);
  });
  if (!declared.ok()) return declared.status();
  options.declared = *std::move(declared);
  const auto graph = ReadReports(arguments.operands());
  if (!graph.ok()) return graph.status();

  if (const std::string unknown = lockgraph::UnknownName(*graph, options.declared);
      !unknown.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(*arguments.Get("order"), ": ", unknown));
  }

  const Analysis analysis = lockgraph::Analyse(*graph, options);
  const BaselineComparison comparison =
      lockgraph::Compare(*baseline, analysis, absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
  const absl::Status written = Write(arguments.Get("output"), Print(*graph, analysis, comparison));
  if (!written.ok()) return written;
  if (!comparison.Passes() || !analysis.violations.empty()) return ExitCode::kFindings;
  if (analysis.coverage.cut != 0) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "not all cycles were enumerated in ", analysis.coverage.cut, " of ",
        analysis.coverage.components, " components: that there is no finding is not sure"));
  }
  for (lockgraph::RunIndex i = 0; i < graph->runs.size(); ++i) {
    const lockgraph::Run& run = graph->runs[i];
    if (run.dependencies_dropped == 0) continue;
    return absl::ResourceExhaustedError(
        absl::StrCat("run ", lockgraph::Names(*graph).Run(i), " dropped ", run.dependencies_dropped,
                     " of its requests: that there is no finding is not sure"));
  }
  return ExitCode::kClean;
}

}  // namespace

const Command& CheckCommand() {
  static const Command command{
      {.name = "check",
       .operands = "REPORT...",
       .max_operands = kAnyNumber,
       .summary = "says by its exit code whether the runs can deadlock, for CI",
       .details =
           "Several reports are judged together, as merge would.\n\n"
           "A baseline has a line for each cycle that is accepted for a while:\n"
           "    FINGERPRINT OWNER YYYY-MM-DD REASON\n"
           "where the day is the last one (UTC). An entry that has expired, or whose cycle is not "
           "found\nany more or is harmless now, is a finding. A deadlock that happened, in the run "
           "or in a\nschedule, cannot be accepted.\n\n"
           "An order has a line for each promise: 'config' < 'cache' < 'log'. A lock that is asked "
           "for\nagainst it is a finding, even without a cycle. selvage order writes such a "
           "file. Names that no lock of the reports\nhas, and lines that contradict each other, "
           "are "
           "errors.\n\n"
           "Exit codes: 0 no finding; 1 findings; 2 wrong usage, or a file that cannot be used;\n"
           "3 no finding, but not everything could be looked at, or the answer not be written.\n",
       .flags = {{"baseline", "FILE", "the cycles that are accepted"},
                 {"order", "FILE", "the orders that are promised"},
                 {"output", "FILE", "write there instead of to the standard output", 'o'}}},
      &RunCheck};
  return command;
}

}  // namespace selvage::cli
