// Directed schedules that try to make predicted deadlocks happen.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/token.h"

namespace selvage {

using lockgraph::Verdict;
using runtime::Outcome;
using runtime::Task;
using runtime::TaskId;
using schedule::Directed;

namespace {

constexpr std::uint64_t kDirectedSchedules = 200;
constexpr std::size_t kMostCycles = 16;

// Whether directed schedules are to try it. One that has happened already gets a token for the
// report.
bool IsToBeTried(const lockgraph::Cycle& cycle, bool report_is_wanted) {
  return cycle.verdict == Verdict::kFeasible || cycle.verdict == Verdict::kHazard ||
         cycle.verdict == Verdict::kCommunication ||
         (report_is_wanted && cycle.verdict == Verdict::kOccurred && cycle.parts.size() > 1);
}

schedule::ObjectClass ClassOf(const lockgraph::RecordedGraph& graph, lockgraph::LockIndex lock) {
  const lockgraph::LockClass& its_class = graph.classes[graph.locks[lock].lock_class];
  const bool told = its_class.made_file.empty();
  const lockgraph::ThreadIndex thread = graph.locks[lock].thread;
  // A queue is one object to the schedule; what is waited for in it are several.
  const bool is_part = its_class.kind == lockgraph::ObjectKind::kQueue;
  return {is_part ? "" : its_class.type, its_class.name,
          told ? its_class.file : its_class.made_file, told ? its_class.line : its_class.made_line,
          thread == lockgraph::kNone ? "" : graph.threads[thread].path};
}

// Whether a task is known to hold such an object. A permit is anybody's to give back.
bool IsSeenHeld(const lockgraph::RecordedGraph& graph, lockgraph::LockIndex lock) {
  return graph.classes[graph.locks[lock].lock_class].kind != lockgraph::ObjectKind::kSemaphore;
}

std::vector<schedule::RequestTarget> TargetsOf(const lockgraph::RecordedGraph& graph,
                                               const lockgraph::Cycle& cycle) {
  std::vector<schedule::RequestTarget> targets;
  for (const lockgraph::CyclePart& part : cycle.parts) {
    schedule::RequestTarget target;
    target.path = graph.threads[part.thread].path;
    target.asks = ClassOf(graph, part.asks);
    // What is owed, a signal or an end, is not held.
    if (!part.owes && IsSeenHeld(graph, part.holds)) target.holds = ClassOf(graph, part.holds);
    targets.push_back(std::move(target));
    if (part.writer == lockgraph::kNone) continue;
    targets.push_back(schedule::RequestTarget{.path = graph.threads[part.writer].path,
                                              .asks = ClassOf(graph, part.asks),
                                              .holds = std::nullopt});
  }
  return targets;
}

// Whether every thread of the cycle waits at its request, and will never go on.
bool AllAtRequests(const runtime::Scheduler& scheduler, const Directed& directed,
                   std::size_t targets) {
  std::vector<bool> reached(targets, false);
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (scheduler.FindStopped(TaskId{i}) != nullptr && directed.IsAtRequest(task)) {
      reached[static_cast<std::size_t>(directed.TargetOf(task))] = true;
    }
  }
  return std::all_of(reached.begin(), reached.end(), [](bool there) { return there; });
}

}  // namespace

// Runs directed schedules for each cycle that is only predicted. Whatever goes wrong in one of them
// is a finding like any other.
void Exploration::ConfirmCycles() {
  if (!options_.confirm_cycles || !options_.lock_order || !options_.replay.empty()) return;
  const auto to_be_tried = [this](const lockgraph::Cycle& cycle) {
    return IsToBeTried(cycle, options_.lock_order_report);
  };
  const auto any_is = [&](const lockgraph::Analysis& analysis) {
    return std::any_of(analysis.cycles.begin(), analysis.cycles.end(), to_be_tried);
  };
  if (!any_is(lockgraph::Analyse(lock_order_.recorder().Snapshot(
          [](std::uintptr_t) { return std::vector<report::Frame>(); }, options_.name)))) {
    return;
  }
  const lockgraph::RecordedGraph graph = LockOrders();
  const lockgraph::Analysis analysis = lockgraph::Analyse(graph);
  const schedule::ScheduleSettings settings = settings_;
  // What is sought is a deadlock by the order of locks alone.
  settings_.early_timeouts = false;
  settings_.spurious_wakeups = 0;
  scheduler_.set_settings(settings_);
  const std::uint64_t before = result_.schedules;
  std::size_t tried = 0;
  for (const lockgraph::Cycle& cycle : analysis.cycles) {
    if (!to_be_tried(cycle) || tried++ == kMostCycles) continue;
    lockgraph::Confirmation confirmation;
    confirmation.fingerprint = cycle.fingerprint;
    Confirm(TargetsOf(graph, cycle), confirmation);
    confirmations_.push_back(std::move(confirmation));
  }
  settings_ = settings;
  scheduler_.set_settings(settings_);
  if (result_.schedules == before) return;
  absl::StrAppend(
      &result_.coverage,
      report::Plural(result_.schedules - before, "further schedule was", "further schedules were"),
      " directed at predicted deadlocks\n");
}

// Fills in how many schedules were run, and the token of the last one if that deadlocked.
void Exploration::Confirm(std::vector<schedule::RequestTarget> targets,
                          lockgraph::Confirmation& confirmation) {
  const std::size_t threads = targets.size();
  Directed directed(std::move(targets), scheduler_.trace());
  while (confirmation.schedules < kDirectedSchedules && HasTime()) {
    const Outcome outcome =
        RunUnrecorded(directed, schedule::MixSeed(options_.seed, confirmation.schedules++));
    CountHere(Record(Observe(outcome)));
    if (outcome != Outcome::kDeadlock || !AllAtRequests(scheduler_, directed, threads)) continue;
    confirmation.replay_token =
        schedule::EncodeToken({schedule::HashTestName(options_.name), settings_, DecisionsMade()});
    return;
  }
}

}  // namespace selvage
