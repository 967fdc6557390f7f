// selvage report: one report in another format.
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/baseline.h"
#include "selvage/harness/nearest.h"
#include "selvage/harness/report/lock_order_dot.h"
#include "selvage/harness/report/lock_order_html.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_sarif.h"
#include "selvage/harness/report/lock_order_svg.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::cli {
namespace {

using lockgraph::Analysis;
using lockgraph::RecordedGraph;

struct Format {
  const char* name;
  const char* extension;
  absl::StatusOr<std::string> (*write)(const RecordedGraph& graph, const Analysis& analysis);
};

constexpr std::array<Format, 6> kFormats = {{
    {"text", ".txt",
     [](const RecordedGraph& graph, const Analysis& analysis) -> absl::StatusOr<std::string> {
       return report::LockOrderText(graph, analysis);
     }},
    {"json", ".json",
     [](const RecordedGraph& graph, const Analysis& analysis) -> absl::StatusOr<std::string> {
       return report::LockOrderJson(graph, analysis);
     }},
    {"dot", ".dot",
     [](const RecordedGraph& graph, const Analysis& analysis) -> absl::StatusOr<std::string> {
       return report::LockOrderDot(graph, analysis);
     }},
    {"svg", ".svg", &report::LockOrderSvg},
    {"html", ".html", &report::LockOrderHtml},
    {"sarif", ".sarif",
     [](const RecordedGraph& graph, const Analysis& analysis) -> absl::StatusOr<std::string> {
       return report::LockOrderSarif(graph, analysis);
     }},
}};

// The one asked for, else that of the output file's name, else text.
absl::StatusOr<Format> ChooseFormat(const Arguments& arguments) {
  const std::optional<std::string> name = arguments.Get("format");
  std::vector<std::string> names;
  for (const Format& format : kFormats) {
    if (name == format.name) return format;
    names.push_back(format.name);
  }
  if (name) {
    const std::string nearest = DidYouMean(*name, names);
    return absl::InvalidArgumentError(absl::StrCat("there is no format \"", *name, "\"",
                                                   nearest.empty() ? "." : nearest, " There are ",
                                                   absl::StrJoin(names, ", ")));
  }
  const std::string output = arguments.Get("output").value_or("");
  for (const Format& format : kFormats) {
    if (output.ends_with(format.extension)) return format;
  }
  const std::size_t dot = output.rfind('.');
  const std::size_t slash = output.rfind('/');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) {
    return kFormats.front();
  }
  return absl::InvalidArgumentError(absl::StrCat("no format ends with \"", output.substr(dot),
                                                 "\"; give --format, one of ",
                                                 absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::string> SarifAgainst(const std::string& baseline_path,
                                         const RecordedGraph& graph, const Analysis& analysis) {
  const auto text = ReadTextFile(baseline_path);
  if (!text.ok()) return text.status();
  const auto baseline = lockgraph::ParseBaseline(*text);
  if (!baseline.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(baseline_path, ": ", baseline.status().message()));
  }
  report::LockOrderSarifOptions options;
  options.baseline =
      lockgraph::Compare(*baseline, analysis, absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()));
  options.accepted = *baseline;
  return report::LockOrderSarif(graph, analysis, options);
}

absl::StatusOr<ExitCode> RunReport(const Arguments& arguments) {
  const auto format = ChooseFormat(arguments);
  if (!format.ok()) return format.status();
  const std::optional<std::string> baseline = arguments.Get("baseline");
  if (baseline && std::string(format->name) != "sarif") {
    return absl::InvalidArgumentError(absl::StrCat("--baseline is for --format=sarif; for ",
                                                   format->name, " see selvage check --help"));
  }
  const auto graph = ReadReport(arguments.operands()[0]);
  if (!graph.ok()) return graph.status();
  const Analysis analysis = lockgraph::Analyse(*graph);
  const absl::StatusOr<std::string> text =
      baseline ? SarifAgainst(*baseline, *graph, analysis) : format->write(*graph, analysis);
  if (!text.ok()) return text.status();
  const absl::Status written = Write(arguments.Get("output"), *text);
  if (!written.ok()) return written;
  return ExitCode::kClean;
}

}  // namespace

const Command& ReportCommand() {
  static const Command command{
      {.name = "report",
       .operands = "REPORT",
       .summary = "writes a report as text, JSON, a drawing, a page, or SARIF",
       .details =
           "  text   for a terminal\n"
           "  json   all of it, as it is read again\n"
           "  dot    the lock graph, in Graphviz's language\n"
           "  svg    the lock graph, drawn by Graphviz\n"
           "  html   one page with everything, for a browser; needs no network, and Graphviz to "
           "be\n"
           "         written\n"
           "  sarif  SARIF 2.1.0, for code scanning\n\n"
           "Cycles are judged again, by this program's rules. Whether something was found is not "
           "in the\nexit code; selvage check is for that.\n",
       .flags = {{"format", "FORMAT",
                  "text, json, dot, svg, html or sarif; if not given, by the ending of --output, "
                  "else text"},
                 {"output", "FILE", "write there instead of to the standard output", 'o'},
                 {"baseline", "FILE",
                  "with sarif: say which findings this file accepts, and why (see selvage check "
                  "--help)"}}},
      &RunReport};
  return command;
}

}  // namespace selvage::cli
