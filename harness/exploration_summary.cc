// What all schedules together show: lock orders, and how sure a pass is.

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/report/user_frame.h"

namespace selvage {

// What was recorded so far, with the places in the code.
lockgraph::RecordedGraph Exploration::LockOrders() {
  lockgraph::RecordedGraph graph = lock_order_.recorder().Snapshot(
      [this](std::uintptr_t site) {
        std::vector<report::Frame> frames = symbolizer_->Resolve(site);
        std::erase_if(frames, [](const report::Frame& frame) {
          return !report::IsUserFrame(frame) && !report::IsStdLock(frame);
        });
        return frames;
      },
      options_.name);
  graph.confirmations = confirmations_;
  lockgraph::Canonicalise(graph);
  return graph;
}

// Cycles over all schedules together. A wait that really deadlocked has been reported as that; a
// cycle of locks is shown beside the deadlock, since it names what to turn around.
void Exploration::AnalyseLockOrder() {
  const bool deadlocked = std::any_of(faults_.begin(), faults_.end(), [](const Fault& fault) {
    return fault.finding.kind == FindingKind::kDeadlock;
  });
  const auto counts = [deadlocked](const lockgraph::Cycle& cycle) {
    return lockgraph::FailsByDefault(cycle.verdict) &&
           cycle.verdict != lockgraph::Verdict::kOccurred &&
           !(cycle.verdict == lockgraph::Verdict::kCommunication && deadlocked);
  };
  // Looking up the places costs far more than the analysis, and is needed only if there is
  // something to show.
  lockgraph::Analysis analysis = lockgraph::Analyse(lock_order_.recorder().Snapshot(
      [](std::uintptr_t) { return std::vector<report::Frame>(); }, options_.name));
  const bool found = std::any_of(analysis.cycles.begin(), analysis.cycles.end(), counts);
  if (!found && !options_.lock_order_report) return;
  const lockgraph::RecordedGraph graph = LockOrders();
  analysis = lockgraph::Analyse(graph);
  if (options_.lock_order_report) result_.lock_order = report::LockOrderJson(graph, analysis);
  if (!found) return;
  for (const lockgraph::Cycle& cycle : analysis.cycles) {
    if (!counts(cycle)) continue;
    Finding finding;
    finding.kind = FindingKind::kLockOrderCycle;
    finding.summary = absl::StrCat(lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason);
    finding.details = report::LockOrderCycleText(graph, analysis, cycle);
    finding.token = cycle.replay_token;
    result_.findings.push_back(std::move(finding));
  }
}

// Orders of native mutexes, which TSan watches. It tells each once in the process: there is no
// schedule to repeat.
void Exploration::TellOfInversions() {
  for (const tsan::Inversion& inversion : races_.inversions()) {
    Finding finding;
    finding.kind = FindingKind::kLockOrderCycle;
    finding.summary = "native mutexes are locked in orders that can deadlock (ThreadSanitizer)";
    for (int i = 0; i < inversion.stacks; ++i) {
      absl::StrAppend(&finding.details, i == 0 ? "  locked at\n" : "  and at\n",
                      narrator_.Stack(inversion.Stack(i), 4));
    }
    result_.findings.push_back(std::move(finding));
  }
}

std::string Exploration::Coverage() const {
  if (strategy_ == nullptr) return "1 schedule, replayed\n";
  const std::string_view strategy = strategy_->name();
  const double mean_steps = result_.schedules == 0 ? 0
                                                   : static_cast<double>(result_.steps) /
                                                         static_cast<double>(result_.schedules);
  std::string text =
      absl::StrFormat("%d schedules, at most %d tasks, %.1f operations on average; %s%d behaviours",
                      result_.schedules, result_.most_tasks, mean_steps,
                      behaviours_.full() ? "at least " : "", behaviours_.distinct());
  if (result_.exhausted) {
    absl::StrAppend(&text,
                    result_.preemption_bound < 0
                        ? "\nall schedules there are"
                        : absl::StrCat("\nall schedules with at most ", result_.preemption_bound,
                                       " preemptions"),
                    " (sequentially consistent; the body deterministic but for the schedule)\n");
    return text;
  }
  if (behaviours_.schedules() > 1) {
    absl::StrAppendFormat(&text,
                          "; the next schedule shows a new one with probability %.2g (estimated)",
                          behaviours_.UnseenMass());
  }
  text += "\n";
  const double pct_schedules =
      static_cast<double>(result_.schedules) * (strategy.starts_with("pct") ? 1.0
                                                : strategy == "rotation"    ? 1.0 / 3
                                                                            : 0.0);
  if (pct_schedules >= 1 && result_.most_tasks > 1) {
    const double n = result_.most_tasks;
    absl::StrAppend(
        &text, "a bug that needs d ordering constraints was missed with probability of at most");
    for (int d = 1; d <= 3; ++d) {
      const double hit = 1 / (n * std::pow(std::max(mean_steps, 1.0), d - 1));
      absl::StrAppendFormat(&text, "%s %.2g (d=%d)", d == 1 ? "" : ",",
                            std::pow(1 - hit, pct_schedules), d);
    }
    text += "\n";
  }
  return text;
}

}  // namespace selvage
