// selvage diff: what two reports say differently.
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/cli/command.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::cli {
namespace {

using lockgraph::Analysis;
using lockgraph::Cycle;
using lockgraph::RecordedGraph;

using CyclesByFingerprint = std::map<std::string, const Cycle*>;

// The strongest of each fingerprint.
CyclesByFingerprint ByFingerprint(const Analysis& analysis) {
  CyclesByFingerprint cycles;
  for (const Cycle& cycle : analysis.cycles) cycles.emplace(cycle.fingerprint, &cycle);
  return cycles;
}

// "config then cache", for each lock asked for while another one was held.
std::set<std::string> Edges(const RecordedGraph& graph) {
  const lockgraph::Names names(graph);
  std::set<std::pair<lockgraph::ClassIndex, lockgraph::ClassIndex>> edges;
  for (const lockgraph::Dependency& dependency : graph.dependencies) {
    for (const lockgraph::HeldLock& held : dependency.held) {
      edges.emplace(graph.locks[held.lock].lock_class, graph.locks[dependency.target].lock_class);
    }
  }
  std::set<std::string> lines;
  for (const auto& [from, to] : edges) {
    lines.insert(absl::StrCat(names.Class(from), " then ", names.Class(to)));
  }
  return lines;
}

std::string Line(const Cycle& cycle) {
  return absl::StrCat(lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason, " [",
                      cycle.fingerprint, "]\n");
}

class Comparison {
 public:
  Comparison(const RecordedGraph& before, const RecordedGraph& after)
      : before_(before),
        after_(after),
        analysis_before_(lockgraph::Analyse(before)),
        analysis_after_(lockgraph::Analyse(after)) {}

  std::string Print() {
    Cycles();
    Edges();
    return absl::StrCat("lock order: ", worse_ == 0 ? "nothing got worse" : "", Worse(), "\n",
                        body_);
  }
  bool IsWorse() const { return worse_ != 0; }
  // Not all cycles of one of them are known.
  bool IsCut() const {
    return analysis_before_.coverage.cut != 0 || analysis_after_.coverage.cut != 0;
  }

 private:
  std::string Worse() const {
    if (worse_ == 0) return "";
    return absl::StrCat(worse_, worse_ == 1 ? " cycle is" : " cycles are",
                        " new or can deadlock now");
  }

  void Cycles() {
    const CyclesByFingerprint before = ByFingerprint(analysis_before_);
    const CyclesByFingerprint after = ByFingerprint(analysis_after_);
    for (const Cycle& cycle : analysis_after_.cycles) {
      if (after.at(cycle.fingerprint) != &cycle) continue;
      const auto was = before.find(cycle.fingerprint);
      const bool known = was != before.end();
      if (known && was->second->verdict == cycle.verdict) continue;
      const bool fails = lockgraph::FailsByDefault(cycle.verdict);
      if (fails && !(known && lockgraph::FailsByDefault(was->second->verdict))) ++worse_;
      absl::StrAppend(
          &body_, known ? "changed " : "new     ",
          known ? absl::StrCat("from ", lockgraph::VerdictName(was->second->verdict), " to ") : "",
          Line(cycle));
      if (fails && !known) body_ += report::LockOrderCycleText(after_, analysis_after_, cycle);
    }
    for (const Cycle& cycle : analysis_before_.cycles) {
      if (before.at(cycle.fingerprint) != &cycle || after.contains(cycle.fingerprint)) continue;
      absl::StrAppend(&body_, "gone    ", Line(cycle));
    }
  }

  void Edges() {
    const std::set<std::string> before = cli::Edges(before_), after = cli::Edges(after_);
    for (const std::string& edge : after) {
      if (!before.contains(edge)) absl::StrAppend(&body_, "new order   ", edge, "\n");
    }
    for (const std::string& edge : before) {
      if (!after.contains(edge)) absl::StrAppend(&body_, "gone order  ", edge, "\n");
    }
  }

  const RecordedGraph& before_;
  const RecordedGraph& after_;
  const Analysis analysis_before_;
  const Analysis analysis_after_;
  int worse_ = 0;
  std::string body_;
};

absl::StatusOr<ExitCode> RunDiff(const Arguments& arguments) {
  const auto before = ReadReport(arguments.operands()[0]);
  if (!before.ok()) return before.status();
  const auto after = ReadReport(arguments.operands()[1]);
  if (!after.ok()) return after.status();
  Comparison comparison(*before, *after);
  const absl::Status written = Write(arguments.Get("output"), comparison.Print());
  if (!written.ok()) return written;
  if (comparison.IsWorse()) return ExitCode::kFindings;
  if (comparison.IsCut()) {
    return absl::ResourceExhaustedError(
        "the graphs have more cycles than were enumerated; others may have become worse");
  }
  return ExitCode::kClean;
}

}  // namespace

const Command& DiffCommand() {
  static const Command command{
      {.name = "diff",
       .operands = "OLD NEW",
       .min_operands = 2,
       .max_operands = 2,
       .summary = "says what a newer report has that an older one has not, and the reverse",
       .details = "Cycles are the same if their fingerprints are, whatever lines the code has "
                  "moved to.\n\nExit codes: 0 nothing got worse; 1 a cycle that can deadlock is "
                  "new, or could not\ndeadlock before; 2 wrong usage or a bad report; 3 not "
                  "finished.\n",
       .flags = {{"output", "FILE", "write there instead of to the standard output", 'o'}}},
      &RunDiff};
  return command;
}

}  // namespace selvage::cli
