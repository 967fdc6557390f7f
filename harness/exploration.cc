#include "selvage/harness/exploration.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/report/race_text.h"
#include "selvage/harness/report/user_frame.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/harness/runtime/watchdog.h"
#include "selvage/harness/schedule/exhaustive.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/replay.h"
#include "selvage/harness/schedule/shrink.h"
#include "selvage/harness/schedule/token.h"

namespace selvage {

using runtime::Outcome;
using runtime::Task;
using runtime::TaskId;
using schedule::Decision;
using schedule::Replay;

namespace {

// Faults beyond this are counted, not kept: a body with so many is broken everywhere.
constexpr std::size_t kMostFaults = 64;
// Faults that get a trace, a shrunk one, in the order in which they are reported.
constexpr std::size_t kMostExplained = 8;
constexpr std::uint64_t kShrinkRuns = 600;
constexpr std::uint64_t kDeterminismInterval = 100;

schedule::ScheduleSettings SettingsOf(const Options& options) {
  schedule::ScheduleSettings settings;
  settings.max_steps = options.max_steps;
  settings.spurious_wakeups = options.spurious_wakeups;
  settings.early_timeouts = options.early_timeouts;
  settings.fresh_bodies = options.fresh_bodies;
  return settings;
}

std::uint64_t Combine(std::uint64_t hash, std::uint64_t value) {
  return schedule::SplitMix64::Mix(hash ^ (value + schedule::SplitMix64::kGamma));
}

std::uint64_t HashText(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = Combine(hash, static_cast<unsigned char>(c));
  return hash;
}

std::uint64_t HashSpawnPath(const Task& task) {
  return task.parent() == nullptr ? 1
                                  : Combine(HashSpawnPath(*task.parent()), task.child_ordinal());
}

// Which tasks are stuck, and where.
std::uint64_t HashDeadlock(const runtime::Scheduler& scheduler) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (task.finished()) continue;
    sum += Combine(Combine(HashSpawnPath(task), task.pending().site),
                   static_cast<std::uint64_t>(task.pending().kind));
  }
  return sum;
}

std::uint64_t HashTrace(const runtime::Trace& trace) {
  std::uint64_t hash = 0;
  for (const runtime::TraceEntry& entry : trace.entries) {
    hash = Combine(hash, static_cast<std::uint64_t>(entry.op.task) << 8 |
                             static_cast<std::uint64_t>(entry.op.kind));
  }
  return hash;
}

std::vector<Decision> DecisionsOf(const runtime::Scheduler& scheduler) {
  const auto& made = scheduler.trace().decisions;
  return {made.begin(), made.end()};
}

void RunBody(void* body) { (*static_cast<const std::function<void()>*>(body))(); }

}  // namespace

Exploration::Exploration(const std::function<void()>& body, const Options& options)
    : body_(body),
      options_(options),
      settings_(SettingsOf(options)),
      scheduler_(settings_, options.stack_size),
      narrator_(scheduler_, symbolizer_) {
  runtime::LinkMemoryAccessCallbacks();
  scheduler_.set_race_collector(&races_);
  if (options.lock_order) scheduler_.set_observer(&lock_order_);
}

Result Exploration::Run() {
  std::optional<runtime::Watchdog> watchdog;
  if (options_.watchdog.count() > 0) {
    watchdog.emplace(scheduler_, options_.watchdog, options_.name);
  }
  if (!options_.replay.empty()) {
    RunReplay();
  } else {
    auto strategy = schedule::MakeStrategy(options_.strategy);
    if (!strategy.ok()) {
      result_.error = std::string(strategy.status().message());
      return std::move(result_);
    }
    RunSchedules(**strategy);
    result_.coverage = Coverage(**strategy);
  }
  std::stable_sort(faults_.begin(), faults_.end(),
                   [](const Fault& a, const Fault& b) { return a.finding.kind < b.finding.kind; });
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (i < kMostExplained) Explain(faults_[i]);
    result_.findings.push_back(std::move(faults_[i].finding));
  }
  if (options_.lock_order) AnalyseLockOrder();
  if (faults_not_kept_ > 0) {
    absl::StrAppend(&result_.coverage, faults_not_kept_,
                    " further faults were seen and not kept\n");
  }
  return std::move(result_);
}

void Exploration::RunSchedules(schedule::Strategy& strategy) {
  const auto* exhaustive = dynamic_cast<const schedule::Exhaustive*>(&strategy);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < options_.schedules; ++i) {
    if (exhaustive != nullptr && exhaustive->done()) break;
    if (options_.time_budget.count() > 0 &&
        std::chrono::steady_clock::now() - start >= options_.time_budget) {
      break;
    }
    const Outcome outcome = RunAndCount(strategy, schedule::MixSeed(options_.seed, i));
    behaviours_.Add(scheduler_.trace());
    const std::vector<Observation> observations = Observe(outcome);
    Count(observations);
    if (options_.stop_at_first_failure && !observations.empty()) break;
    if (exhaustive == nullptr) {
      if (i % kDeterminismInterval == 0) CheckDeterminism();
      LearnSharedStack();
    }
    if (options_.on_schedule && !options_.on_schedule(result_.schedules)) break;
  }
  if (exhaustive != nullptr) {
    result_.exhausted = exhaustive->done();
    const auto bound = exhaustive->preemptions();
    result_.preemption_bound =
        bound.has_value() && !exhaustive->complete() ? static_cast<int>(*bound) : -1;
    if (exhaustive->nondeterminism()) {
      result_.nondeterminism = *exhaustive->nondeterminism();
      result_.exhausted = false;
    }
  }
}

Outcome Exploration::RunSchedule(schedule::Strategy& strategy, std::uint64_t seed) {
  races_.Clear();
  if (options_.lock_order) lock_order_.BeginSchedule();
  const Outcome outcome = scheduler_.Run(
      runtime::Closure{&RunBody, const_cast<std::function<void()>*>(&body_)}, strategy, seed);
  if (options_.lock_order) lock_order_.EndSchedule();
  return outcome;
}

Outcome Exploration::RunAndCount(schedule::Strategy& strategy, std::uint64_t seed) {
  const Outcome outcome = RunSchedule(strategy, seed);
  ++result_.schedules;
  result_.steps += scheduler_.step();
  result_.races += races_.count();
  result_.most_tasks = std::max(result_.most_tasks, scheduler_.task_count());
  return outcome;
}

std::vector<Exploration::Observation> Exploration::Observe(Outcome outcome) const {
  std::vector<Observation> seen;
  const auto add = [&seen](Observation observation) {
    for (const Observation& other : seen) {
      if (other.kind == observation.kind && other.key == observation.key) return;
    }
    seen.push_back(observation);
  };
  for (const tsan::Race& race : races_.races()) {
    add({.kind = FindingKind::kDataRace,
         .key = Combine(race.current_site(), race.previous_site()),
         .race = &race});
  }
  if (outcome == Outcome::kDeadlock) {
    add({.kind = FindingKind::kDeadlock, .key = HashDeadlock(scheduler_)});
  }
  if (outcome == Outcome::kLivelock) add({.kind = FindingKind::kLivelock, .key = 0});
  for (const runtime::Incident& incident : scheduler_.incidents()) {
    add({.kind = incident.kind, .key = HashText(0, incident.message), .incident = &incident});
  }
  return seen;
}

// TSan keeps four accesses for each eight bytes and drops others at random, so one race shows
// itself as this pair of accesses in one schedule and as that pair in the next. Pairs with code in
// common are one fault.
bool Exploration::Fault::IsSeenIn(const Observation& observation) const {
  if (observation.kind != finding.kind) return false;
  if (observation.race == nullptr) return observation.key == key;
  const auto takes_part = [this](std::uintptr_t site) {
    return std::find(race_sites.begin(), race_sites.end(), site) != race_sites.end();
  };
  return takes_part(observation.race->current_site()) ||
         takes_part(observation.race->previous_site());
}

Exploration::Fault* Exploration::FindFault(const Observation& observation) {
  for (Fault& fault : faults_) {
    if (fault.IsSeenIn(observation)) return &fault;
  }
  return nullptr;
}

void Exploration::Count(const std::vector<Observation>& observations) {
  if (observations.empty()) return;
  ++result_.failing;
  if (result_.first_failure == 0) result_.first_failure = result_.schedules;
  for (const Observation& observation : observations) {
    Fault* fault = FindFault(observation);
    if (fault == nullptr) {
      if (faults_.size() == kMostFaults) {
        ++faults_not_kept_;
        continue;
      }
      fault = &faults_.emplace_back(Fault{.finding = Describe(observation),
                                          .key = observation.key,
                                          .race_sites = {},
                                          .settings = settings_,
                                          .decisions = DecisionsOf(scheduler_),
                                          .last_schedule = 0});
      fault->finding.first_schedule = result_.schedules;
    }
    if (observation.race != nullptr) {
      fault->race_sites.push_back(observation.race->current_site());
      fault->race_sites.push_back(observation.race->previous_site());
      std::sort(fault->race_sites.begin(), fault->race_sites.end());
      fault->race_sites.erase(std::unique(fault->race_sites.begin(), fault->race_sites.end()),
                              fault->race_sites.end());
    }
    if (fault->last_schedule != result_.schedules) ++fault->finding.schedules;
    fault->last_schedule = result_.schedules;
  }
}

// What can be said of the schedule that ran last.
Finding Exploration::Describe(const Observation& observation) {
  Finding finding;
  finding.kind = observation.kind;
  switch (observation.kind) {
    case FindingKind::kDataRace:
      finding.summary = report::RaceSummary(narrator_, symbolizer_, *observation.race);
      finding.details = report::RaceText(narrator_, *observation.race);
      break;
    case FindingKind::kDeadlock:
      finding.summary = report::DeadlockSummary(narrator_);
      finding.details = report::DeadlockText(narrator_);
      break;
    case FindingKind::kLivelock:
      finding.summary = absl::StrCat("no end after ", settings_.max_steps, " operations");
      break;
    default:
      finding.summary = observation.incident->message;
      finding.details = absl::StrCat("  in ", narrator_.TaskName(observation.incident->task), "\n",
                                     narrator_.Stack(observation.incident->stack, 4));
      break;
  }
  return finding;
}

std::optional<Exploration::Observation> Exploration::RunAgain(
    const Fault& fault, const std::vector<Decision>& decisions, bool lenient) {
  scheduler_.set_settings(fault.settings);
  Replay replay(decisions, lenient ? Replay::Mode::kLenient : Replay::Mode::kStrict);
  const Outcome outcome = RunSchedule(replay, 0);
  for (const Observation& observation : Observe(outcome)) {
    if (fault.IsSeenIn(observation)) return observation;
  }
  if (!lenient && result_.nondeterminism.empty()) {
    const auto divergence = replay.divergence();
    result_.nondeterminism =
        divergence ? divergence->what
                   : absl::StrCat("a failing schedule, run again, did not fail in the same way: ",
                                  fault.finding.summary);
  }
  return std::nullopt;
}

void Exploration::ShrinkFault(Fault& fault) {
  const auto shrunk = schedule::Shrink(
      fault.decisions,
      [&](const std::vector<Decision>& candidate) -> std::optional<std::vector<Decision>> {
        if (!RunAgain(fault, candidate, /*lenient=*/true)) return std::nullopt;
        return DecisionsOf(scheduler_);
      },
      schedule::ShrinkLimits{.max_runs = kShrinkRuns});
  if (shrunk.reproduced) fault.decisions = shrunk.decisions;
}

// Runs the failing schedule again, with a stack for each operation, and tells what happened in it.
void Exploration::Explain(Fault& fault) {
  if (options_.shrink && options_.replay.empty()) ShrinkFault(fault);
  scheduler_.set_capture_stacks(true);
  const std::optional<Observation> again = RunAgain(fault, fault.decisions, /*lenient=*/false);
  scheduler_.set_capture_stacks(false);
  fault.finding.token = schedule::EncodeToken(
      {schedule::HashTestName(options_.name), fault.settings, fault.decisions});
  if (!again) return;
  const Finding described = Describe(*again);
  fault.finding.summary = described.summary;
  fault.finding.details = described.details;
  // A livelock repeats itself.
  const std::size_t rows = fault.finding.kind == FindingKind::kLivelock ? 24 : 100;
  fault.finding.trace = report::TraceText(narrator_, rows);
}

void Exploration::RunReplay() {
  const auto token = schedule::DecodeToken(options_.replay);
  absl::Status status = token.status();
  if (status.ok()) status = schedule::CheckTokenFor(*token, options_.name);
  if (!status.ok()) {
    result_.error = std::string(status.message());
    return;
  }
  settings_ = token->settings;
  scheduler_.set_settings(settings_);
  Replay replay(token->decisions, Replay::Mode::kStrict);
  const Outcome outcome = RunAndCount(replay, 0);
  if (const auto divergence = replay.divergence()) {
    result_.error =
        absl::StrCat("the replay diverged: ", divergence->what,
                     "; the code under test is not what it was when the token was printed");
  }
  Count(Observe(outcome));
}

// The same choices must give the same schedule.
void Exploration::CheckDeterminism() {
  if (!result_.nondeterminism.empty()) return;
  const std::uint64_t expected = HashTrace(scheduler_.trace());
  std::vector<runtime::TraceEntry> entries(scheduler_.trace().entries.begin(),
                                           scheduler_.trace().entries.end());
  Replay replay(DecisionsOf(scheduler_), Replay::Mode::kStrict);
  RunSchedule(replay, 0);
  const runtime::Trace& trace = scheduler_.trace();
  if (HashTrace(trace) == expected) return;
  std::size_t i = 0;
  while (i < entries.size() && i < trace.entries.size() &&
         entries[i].op.task == trace.entries[i].op.task &&
         entries[i].op.kind == trace.entries[i].op.kind) {
    ++i;
  }
  const auto tell = [&](const auto& list, std::size_t size) {
    if (i >= size) return std::string("the schedule had ended");
    return absl::StrCat("task ", static_cast<std::uint32_t>(list[i].op.task), " did ",
                        runtime::OpKindName(list[i].op.kind), " at ",
                        narrator_.Place({}, list[i].op.site));
  };
  result_.nondeterminism =
      absl::StrCat("the same choices gave two schedules: at operation ", i + 1, " ",
                   tell(entries, entries.size()), ", and the second time ",
                   tell(trace.entries, trace.entries.size()));
}

// Locals that another task has touched become scheduling points of their owner, from the next
// schedule on.
void Exploration::LearnSharedStack() {
  if (settings_.shared_stack_begin == scheduler_.shared_stack_begin() &&
      settings_.shared_stack_end == scheduler_.shared_stack_end()) {
    return;
  }
  settings_.shared_stack_begin = scheduler_.shared_stack_begin();
  settings_.shared_stack_end = scheduler_.shared_stack_end();
  scheduler_.set_settings(settings_);
}

// Cycles over all schedules together. A wait that really deadlocked has been reported as that; a
// cycle of locks is shown beside the deadlock, since it names what to turn around.
void Exploration::AnalyseLockOrder() {
  const bool deadlocked = result_.Has(FindingKind::kDeadlock);
  const auto counts = [deadlocked](const lockgraph::Cycle& cycle) {
    return lockgraph::FailsByDefault(cycle.verdict) &&
           cycle.verdict != lockgraph::Verdict::kOccurred &&
           !(cycle.verdict == lockgraph::Verdict::kCommunication && deadlocked);
  };
  const auto snapshot = [this](const lockgraph::Recorder::Resolver& resolve) {
    return lock_order_.recorder().Snapshot(resolve, options_.name);
  };
  // Looking up the places costs far more than the analysis, and is needed only if there is
  // something to show.
  lockgraph::RecordedGraph graph =
      snapshot([](std::uintptr_t) { return std::vector<report::Frame>(); });
  lockgraph::Analysis analysis = lockgraph::Analyse(graph);
  const bool found = std::any_of(analysis.cycles.begin(), analysis.cycles.end(), counts);
  if (!found && !options_.lock_order_report) return;
  graph = snapshot(
      [this](std::uintptr_t site) { return report::UserFrames(symbolizer_.Resolve(site)); });
  analysis = lockgraph::Analyse(graph);
  if (options_.lock_order_report) result_.lock_order = report::LockOrderJson(graph, analysis);
  if (!found) return;
  for (const lockgraph::Cycle& cycle : analysis.cycles) {
    if (!counts(cycle)) continue;
    Finding finding;
    finding.kind = FindingKind::kLockOrderCycle;
    finding.summary = absl::StrCat(lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason);
    finding.details = report::LockOrderCycleText(graph, analysis, cycle);
    result_.findings.push_back(std::move(finding));
  }
}

std::string Exploration::Coverage(const schedule::Strategy& strategy) const {
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
  const std::string name(strategy.name());
  const double pct_schedules =
      static_cast<double>(result_.schedules) * (name == "pct"        ? 1.0
                                                : name == "rotation" ? 1.0 / 3
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
