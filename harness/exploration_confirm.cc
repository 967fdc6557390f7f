// Directed schedules that try to make predicted deadlocks happen.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/report/user_frame.h"
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

// Those of the parts come first, in their order, then those of queued writers.
std::vector<schedule::RequestTarget> TargetsOf(const lockgraph::RecordedGraph& graph,
                                               const lockgraph::Cycle& cycle) {
  std::vector<schedule::RequestTarget> targets;
  for (std::size_t i = 0; i < cycle.parts.size(); ++i) {
    const lockgraph::CyclePart& part = cycle.parts[i];
    const std::size_t next = cycle.HolderFor(i);
    schedule::RequestTarget target;
    target.path = graph.threads[part.thread].path;
    target.asks = ClassOf(graph, part.asks);
    if (part.asked.site != lockgraph::kNone) {
      const lockgraph::SourceFrame& asked = graph.frames[part.asked.site];
      target.file = asked.file;
      target.line = asked.line;
    }
    // What is owed, a signal or an end, is not held.
    if (!part.owes && IsSeenHeld(graph, part.holds)) target.holds = ClassOf(graph, part.holds);
    if (!cycle.parts[next].owes && IsSeenHeld(graph, part.asks)) target.held_by = next;
    targets.push_back(std::move(target));
  }
  for (const lockgraph::CyclePart& part : cycle.parts) {
    if (part.writer == lockgraph::kNone) continue;
    targets.push_back(schedule::RequestTarget{.path = graph.threads[part.writer].path,
                                              .asks = ClassOf(graph, part.asks),
                                              .holds = std::nullopt});
  }
  return targets;
}

}  // namespace

// Whether the schedule that ran last has every thread of the cycle waiting for the next.
bool Exploration::DeadlocksOn(const std::vector<schedule::RequestTarget>& targets) const {
  Directed directed(targets, scheduler_.trace());
  for (std::uint32_t i = 0; i < scheduler_.task_count(); ++i) {
    directed.TaskSpawned(nullptr, scheduler_.task(TaskId{i}));
  }
  return directed.AllAtRequests(scheduler_) && AskWherePredicted(targets);
}

// Whether tasks that ask for an object of which nothing but its type is known, such as a
// std::mutex, do so where their targets say. A place that cannot be resolved is as good as any.
bool Exploration::AskWherePredicted(const std::vector<schedule::RequestTarget>& targets) const {
  for (std::uint32_t i = 0; i < scheduler_.task_count(); ++i) {
    const runtime::Task& task = scheduler_.task(TaskId{i});
    const auto target = std::find_if(targets.begin(), targets.end(), [&](const auto& one) {
      return one.line != 0 && one.path == task.SpawnPath();
    });
    if (target == targets.end()) continue;
    const runtime::Op& asked = task.pending();
    const auto number = static_cast<std::uint64_t>(asked.object);
    if (number == 0 || number > scheduler_.trace().objects.size()) continue;
    const runtime::TracedObject& object =
        scheduler_.trace().objects[static_cast<std::uint32_t>(number - 1)];
    if (object.made_at.line != 0 || object.name[0] != '\0') continue;
    const report::Frame place = report::FirstUserFrame(symbolizer_->Resolve(asked.site));
    if (place.line != 0 && (place.line != target->line || place.file != target->file)) return false;
  }
  return true;
}

// A shorter schedule may deadlock at the same places, but on other locks.
bool Exploration::DeadlocksAsBefore(const Fault& fault) const {
  return std::all_of(fault.cycles.begin(), fault.cycles.end(),
                     [this](const ShownCycle& cycle) { return DeadlocksOn(cycle.targets); });
}

// Looks among the deadlocks that were found already.
bool Exploration::IsShownBySchedules(const std::string& fingerprint,
                                     const std::vector<schedule::RequestTarget>& targets) {
  for (Fault& fault : faults_) {
    if (fault.finding.kind != FindingKind::kDeadlock) continue;
    if (!RunAgain(fault, fault.decisions, /*lenient=*/true) || !DeadlocksOn(targets)) continue;
    fault.cycles.push_back({.fingerprint = fingerprint, .targets = targets});
    return true;
  }
  return false;
}

// Finds out which predicted cycles the schedules have deadlocked on, and runs directed schedules
// for each of the others. Whatever goes wrong in one of them is a finding like any other.
void Exploration::ConfirmCycles() {
  if (!options_.lock_order) return;
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
  const std::uint64_t before = result_.schedules;
  std::size_t tried = 0;
  for (const lockgraph::Cycle& cycle : analysis.cycles) {
    if (!to_be_tried(cycle)) continue;
    std::vector<schedule::RequestTarget> targets = TargetsOf(graph, cycle);
    if (IsShownBySchedules(cycle.fingerprint, targets)) continue;
    lockgraph::Confirmation confirmation;
    confirmation.fingerprint = cycle.fingerprint;
    if (!options_.replay.empty()) {
      confirmation.not_tried = "a schedule was replayed";
    } else if (!options_.confirm_cycles) {
      confirmation.not_tried = "Options::confirm_cycles is off";
    } else if (tried++ >= kMostCycles) {
      confirmation.not_tried = absl::StrCat("only ", kMostCycles, " cycles of a test are");
    } else if (!HasTime()) {
      confirmation.not_tried = "no time was left";
    }
    if (!confirmation.not_tried.empty()) {
      confirmations_.push_back(std::move(confirmation));
      continue;
    }
    // What is sought is a deadlock by the order of locks alone.
    settings_.early_timeouts = false;
    settings_.spurious_wakeups = 0;
    scheduler_.set_settings(settings_);
    Confirm(std::move(targets), std::move(confirmation));
    settings_ = settings;
  }
  scheduler_.set_settings(settings_);
  if (result_.schedules == before) return;
  absl::StrAppend(
      &result_.coverage,
      report::Plural(result_.schedules - before, "further schedule was", "further schedules were"),
      " directed at predicted deadlocks\n");
}

// Runs directed schedules until one deadlocks. Its token is that of the deadlock; that of the
// schedule itself if the deadlock tells of another cycle already.
void Exploration::Confirm(std::vector<schedule::RequestTarget> targets,
                          lockgraph::Confirmation confirmation) {
  Directed directed(targets, scheduler_.trace());
  while (confirmation.schedules < kDirectedSchedules && HasTime()) {
    const Outcome outcome =
        RunUnrecorded(directed, schedule::MixSeed(options_.seed, confirmation.schedules++));
    const std::vector<Observation> seen = Observe(outcome);
    CountHere(Record(seen));
    if (!directed.AllAtRequests(scheduler_) || !AskWherePredicted(targets)) continue;
    for (const Observation& observation : seen) {
      if (observation.sighting.kind != FindingKind::kDeadlock) continue;
      Fault* fault = FindFault(observation.sighting);
      if (fault == nullptr || !fault->cycles.empty()) continue;
      // A deadlock at the same places that was met before was one of other locks or tasks.
      fault->settings = settings_;
      fault->decisions = DecisionsMade();
      fault->cycles.push_back({.fingerprint = confirmation.fingerprint,
                               .targets = std::move(targets),
                               .directed = confirmation.schedules});
      return;
    }
    confirmation.replay_token =
        schedule::EncodeToken({schedule::HashTestName(options_.name), settings_, DecisionsMade()});
    break;
  }
  confirmations_.push_back(std::move(confirmation));
}

// A deadlock and the cycle that it is have one token.
void Exploration::NoteShownCycles() {
  for (Fault& fault : faults_) {
    if (fault.cycles.empty()) continue;
    if (fault.finding.token.empty()) {
      fault.finding.token = schedule::EncodeToken(
          {schedule::HashTestName(options_.name), fault.settings, fault.decisions});
    }
    for (const ShownCycle& cycle : fault.cycles) {
      lockgraph::Confirmation& confirmation = confirmations_.emplace_back();
      confirmation.fingerprint = cycle.fingerprint;
      confirmation.replay_token = fault.finding.token;
      confirmation.schedules = cycle.directed;
    }
  }
}

// The deadlock that the cycle is; null if it is none of those found.
Exploration::Fault* Exploration::DeadlockOf(const std::string& fingerprint) {
  for (Fault& fault : faults_) {
    for (const ShownCycle& shown : fault.cycles) {
      if (shown.fingerprint == fingerprint) return &fault;
    }
  }
  return nullptr;
}

}  // namespace selvage
