// What all schedules together show: lock orders, and how sure a pass is.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/report/lock_order_words.h"
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
      options_.name, &*symbolizer_);
  graph.confirmations = confirmations_;
  lockgraph::Canonicalise(graph);
  return graph;
}

// Cycles over all schedules together. One that a schedule has deadlocked on is told with that
// deadlock, since it names what to turn around.
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
    if (Fault* deadlock = DeadlockOf(cycle.fingerprint)) {
      absl::StrAppend(&deadlock->finding.details, "  as a lock-order cycle, ",
                      lockgraph::VerdictName(cycle.verdict), ":\n",
                      report::LockOrderCycleText(graph, analysis, cycle));
      continue;
    }
    Finding finding;
    finding.kind = FindingKind::kLockOrderCycle;
    finding.summary = absl::StrCat(lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason);
    finding.details = report::LockOrderCycleText(graph, analysis, cycle);
    finding.token = cycle.replay_token;
    result_.findings.push_back(std::move(finding));
  }
}

namespace {

// Under what a statement about all schedules holds.
std::string Assumptions(const schedule::ScheduleSettings& settings) {
  std::string text = absl::StrCat(
      "sequentially consistent; the body deterministic but for the schedule; ",
      settings.spurious_wakeups == 0
          ? "no spurious wakeup"
          : absl::StrCat(
                "at most ",
                report::Plural(settings.spurious_wakeups, "spurious wakeup", "spurious wakeups"),
                " a schedule"),
      "; no spurious failure of try_lock or a weak compare_exchange; a task that goes in circles "
      "rests until what it read there changes; timed waits expire in the order of their deadlines");
  if (!settings.early_timeouts) text += ", and only when no task can run";
  if (!settings.memory_points) text += "; tasks switch at primitives only, not at std::atomic";
  if (!schedule::SeesAtomicUpdatesOfC()) {
    text += "; no switch at a read-modify-write of C code, which AddressSanitizer excludes";
  }
  return text;
}

std::string AllSchedules(int preemptions) {
  if (preemptions < 0) return "all schedules there are";
  return absl::StrCat(
      "all schedules with at most ",
      report::Plural(static_cast<std::uint64_t>(preemptions), "preemption", "preemptions"));
}

}  // namespace

// What was walked completely, of a walk.
std::string Exploration::WalkedText() const {
  if (result_.exhausted && is_reduced_) {
    return absl::StrCat(AllSchedules(-1), ", ", result_.walked,
                        " of them, one for each order of the operations that do not commute",
                        walk_repeats_ == 0 ? "" : absl::StrCat(", and ", walk_repeats_, " repeats"),
                        " (", Assumptions(settings_),
                        "; what has no scheduling points is shared only in the order of what has "
                        "them)\n");
  }
  if (result_.exhausted) {
    return absl::StrCat(AllSchedules(result_.preemption_bound), " (", Assumptions(settings_),
                        ")\n");
  }
  if (!result_.uncontrolled.empty()) {
    return absl::StrCat("no proof: not controlled: ", absl::StrJoin(result_.uncontrolled, ", "),
                        "\n");
  }
  if (result_.walked == 0) return "the walk was not finished\n";
  return absl::StrCat(AllSchedules(result_.walked_preemptions), ", ", result_.walked, " of them (",
                      Assumptions(settings_), ")\n");
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
  const double mean_steps = result_.schedules == 0 ? 0
                                                   : static_cast<double>(result_.steps) /
                                                         static_cast<double>(result_.schedules);
  std::string text =
      absl::StrCat(report::Plural(result_.schedules, "schedule", "schedules"), ", at most ",
                   report::Plural(result_.most_tasks, "task", "tasks"), ", ",
                   absl::StrFormat("%.1f", mean_steps), " operations on average; ",
                   behaviours_.counts_a_part() ? "about " : "",
                   report::Plural(behaviours_.distinct(), "behaviour", "behaviours"));
  // The schedules of a walk are not drawn alike, and its bounds are its own.
  if (Walks()) return absl::StrCat(text, "\n", WalkedText());
  if (behaviours_.schedules() > 1) {
    absl::StrAppendFormat(&text,
                          "; the next schedule shows a new one with probability %.2g (estimated)",
                          behaviours_.UnseenMass());
  }
  text += "\n";
  // A schedule that fails ends before it has shown everything.
  const std::string guarantee = faults_.empty() ? strategy_->Guarantee() : "";
  if (!guarantee.empty()) absl::StrAppend(&text, guarantee, "\n");
  return text;
}

}  // namespace selvage
