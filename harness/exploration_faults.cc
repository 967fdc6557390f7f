// Faults: telling them apart, counting them, and explaining them by their shortest schedule.

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/exploration.h"
#include "selvage/harness/hash.h"
#include "selvage/harness/report/lock_order_words.h"
#include "selvage/harness/report/race_text.h"
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

// A loop over a container that races at each element is a finding for each of so many of them.
constexpr std::ptrdiff_t kMostElements = 8;

std::uint64_t HashSpawnPath(const Task& task) {
  return task.parent() == nullptr ? 1
                                  : Combine(HashSpawnPath(*task.parent()), task.child_ordinal());
}

// Which tasks go in circles, and where.
std::uint64_t HashLivelock(const runtime::Scheduler& scheduler) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
    const Task& task = scheduler.task(TaskId{i});
    if (!scheduler.IsAsleep(task)) continue;
    sum += Combine(HashSpawnPath(task), task.spin().mark_site());
  }
  return sum;
}

}  // namespace

std::vector<Exploration::Observation> Exploration::Observe(Outcome outcome) {
  std::vector<Observation> seen;
  const auto add = [&seen](Observation observation) {
    for (const Observation& other : seen) {
      if (other.sighting == observation.sighting) return;
    }
    seen.push_back(observation);
  };
  for (const tsan::Race& race : races_.races()) {
    if (race_identifier_.IsTheLibrarysOwn(race)) continue;
    add({.sighting = {.kind = FindingKind::kDataRace, .race = race_identifier_.Identify(race)},
         .race = &race});
  }
  if (!scheduler_.stopped().empty()) {
    add({.sighting = {.kind = FindingKind::kDeadlock, .key = deadlock_identifier_.Identify()}});
  }
  if (outcome == Outcome::kLivelock) {
    add({.sighting = {.kind = FindingKind::kLivelock, .key = HashLivelock(scheduler_)}});
  }
  if (outcome == Outcome::kUnfinished) add({.sighting = {.kind = FindingKind::kUnfinished}});
  for (const runtime::Incident& incident : scheduler_.incidents()) {
    add({.sighting = {.kind = incident.kind, .key = HashText(0, incident.message)},
         .incident = &incident});
  }
  return seen;
}

// TSan keeps four accesses for each eight bytes and drops others at random, so one race shows
// itself as this pair of accesses in one schedule and as that pair in the next. Pairs on the same
// memory with code in common are one fault.
bool Exploration::Fault::IsSeenIn(const Sighting& sighting) const {
  if (sighting.kind != first.kind || sighting.key != first.key) return false;
  if (sighting.kind != FindingKind::kDataRace) return true;
  return sighting.race.memory == first.race.memory && sighting.race.element == first.race.element &&
         HasCodeOf(sighting.race);
}

bool Exploration::Fault::IsSiblingOf(const Sighting& sighting) const {
  return sighting.kind == FindingKind::kDataRace && first.kind == FindingKind::kDataRace &&
         sighting.race.memory == first.race.memory && sighting.race.element != first.race.element &&
         HasCodeOf(sighting.race);
}

bool Exploration::Fault::HasCodeOf(const RaceIdentity& race) const {
  if (race.code == std::array<std::uint64_t, 4>{} || race_code.empty()) return true;
  return std::any_of(race.code.begin(), race.code.end(), [this](std::uint64_t code) {
    return std::find(race_code.begin(), race_code.end(), code) != race_code.end();
  });
}

void Exploration::Fault::Learn(const RaceIdentity& race) {
  for (const std::uint64_t code : race.code) {
    if (code != 0 && std::find(race_code.begin(), race_code.end(), code) == race_code.end()) {
      race_code.push_back(code);
    }
  }
}

Exploration::Fault* Exploration::FindFault(const Sighting& sighting) {
  std::ptrdiff_t siblings = 0;
  Fault* last_sibling = nullptr;
  for (Fault& fault : faults_) {
    if (fault.IsSeenIn(sighting)) return &fault;
    if (!fault.IsSiblingOf(sighting)) continue;
    ++siblings;
    last_sibling = &fault;
  }
  return siblings < kMostElements ? nullptr : last_sibling;
}

Exploration::ScheduleRecord Exploration::Record(const std::vector<Observation>& observations) {
  ScheduleRecord record{.steps = scheduler_.step(),
                        .races = races_.count(),
                        .behaviour = behaviours_.Identify(scheduler_.trace()),
                        .tasks = scheduler_.task_count(),
                        .settings = settings_,
                        .entries = {},
                        .decisions = {},
                        .ended_after = std::nullopt};
  for (const Observation& observation : observations) {
    auto& entry = record.entries.emplace_back();
    entry.sighting = observation.sighting;
    if (FindFault(entry.sighting) != nullptr || faults_.size() == kMostFaults) continue;
    entry.finding = Describe(observation);
    if (record.decisions.empty()) record.decisions = DecisionsMade();
  }
  return record;
}

void Exploration::Count(const ScheduleRecord& record) {
  behaviours_.Add(record.behaviour);
  ++result_.schedules;
  result_.steps += record.steps;
  result_.races += record.races;
  result_.most_tasks = std::max(result_.most_tasks, record.tasks);
  if (record.entries.empty()) return;
  ++result_.failing;
  if (result_.first_failure == 0) result_.first_failure = result_.schedules;
  for (const ScheduleRecord::Entry& entry : record.entries) {
    Fault* fault = FindFault(entry.sighting);
    if (fault == nullptr) {
      if (faults_.size() == kMostFaults) {
        ++faults_not_kept_;
        continue;
      }
      fault = &faults_.emplace_back(Fault{.finding = *entry.finding,
                                          .first = entry.sighting,
                                          .race_code = {},
                                          .settings = record.settings,
                                          .decisions = record.decisions,
                                          .last_schedule = 0,
                                          .ended_after = record.ended_after});
      fault->finding.first_schedule = result_.schedules;
    }
    fault->Learn(entry.sighting.race);
    if (fault->last_schedule != result_.schedules) ++fault->finding.schedules;
    fault->last_schedule = result_.schedules;
  }
}

// What can be said of the schedule that ran last.
Finding Exploration::Describe(const Observation& observation) {
  Finding finding;
  finding.kind = observation.sighting.kind;
  switch (finding.kind) {
    case FindingKind::kDataRace:
      finding.summary = report::RaceSummary(narrator_, *symbolizer_, *observation.race);
      finding.details = report::RaceText(narrator_, *symbolizer_, *observation.race);
      break;
    case FindingKind::kDeadlock:
      finding.summary = report::DeadlockSummary(narrator_);
      finding.details = report::DeadlockText(narrator_);
      break;
    case FindingKind::kLivelock:
      finding.summary = report::LivelockSummary(narrator_);
      finding.details = report::LivelockText(narrator_);
      break;
    case FindingKind::kUnfinished:
      finding.summary = absl::StrCat(
          "no end after ", report::Plural(settings_.max_steps, "operation", "operations"));
      finding.details = report::UnfinishedText(narrator_);
      break;
    default:
      DescribeIncident(*observation.incident, finding);
      break;
  }
  return finding;
}

void Exploration::DescribeIncident(const runtime::Incident& incident, Finding& finding) {
  finding.summary = incident.message;
  const Task& task = scheduler_.task(incident.task);
  std::string who = narrator_.TaskName(incident.task);
  if (incident.thrown) {
    const std::string place = narrator_.Place(incident.stack, 0);
    if (!place.empty()) absl::StrAppend(&finding.summary, ", thrown at ", place);
    const std::string spawned = narrator_.Place({}, task.spawn_site());
    if (!spawned.empty()) absl::StrAppend(&who, ", started at ", spawned);
  }
  finding.details =
      absl::StrCat(incident.details, "  in ", who, "\n", narrator_.Stack(incident.stack, 4));
}

std::optional<Exploration::Observation> Exploration::RunAgain(
    const Fault& fault, const std::vector<Decision>& decisions, bool lenient) {
  scheduler_.set_settings(fault.settings);
  Replay replay(decisions, lenient ? Replay::Mode::kLenient : Replay::Mode::kStrict);
  const int attempts = !lenient && fault.finding.kind == FindingKind::kDataRace ? kRaceAttempts : 1;
  for (int i = 0; i < attempts; ++i) {
    if (fault.finding.kind == FindingKind::kDataRace && !race_was_seen_) tsan::ForgetHistory();
    race_was_seen_ = false;
    for (const Observation& observation : Observe(RunUnrecorded(replay, 0))) {
      if (!fault.IsSeenIn(observation.sighting)) continue;
      race_was_seen_ = true;
      return observation;
    }
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

// Whoever has interrupted the exploration does not wait long for its results.
bool Exploration::MayShrink() const {
  return options_.shrink && options_.replay.empty() && crash::Interruption() == 0;
}

void Exploration::ShrinkFault(Fault& fault) {
  std::uint64_t operations = 0;
  const auto shrunk = schedule::Shrink(
      fault.decisions,
      [&](const std::vector<Decision>& candidate) -> std::optional<std::vector<Decision>> {
        if (operations > kShrinkOperations) return std::nullopt;
        const bool fails = RunAgain(fault, candidate, /*lenient=*/true).has_value();
        operations += scheduler_.step();
        if (!fails || !DeadlocksAsBefore(fault)) return std::nullopt;
        return DecisionsMade();
      },
      schedule::ShrinkLimits{.max_runs = kShrinkRuns});
  if (shrunk.reproduced) fault.decisions = shrunk.decisions;
}

// A schedule that was longer for what it initialised is not met again: the decisions of one that
// shows the fault without that replace it.
void Exploration::AdoptRepeat(Fault& fault) {
  if (RunAgain(fault, fault.decisions, /*lenient=*/true) && DeadlocksAsBefore(fault)) {
    fault.decisions = DecisionsMade();
  }
}

// Runs the failing schedule again, with a stack for each operation, and tells what happened in it.
void Exploration::Explain(Fault& fault) {
  if (MayShrink()) {
    ShrinkFault(fault);
  } else {
    AdoptRepeat(fault);
  }
  scheduler_.set_capture_stacks(true);
  shows_output_ = true;
  const std::optional<Observation> again = RunAgain(fault, fault.decisions, /*lenient=*/false);
  shows_output_ = false;
  scheduler_.set_capture_stacks(false);
  fault.finding.token = schedule::EncodeToken(
      {schedule::HashTestName(options_.name), fault.settings, fault.decisions});
  if (!again) return;
  const Finding described = Describe(*again);
  fault.finding.summary = described.summary;
  fault.finding.details = described.details;
  // A livelock repeats itself.
  const bool is_endless = fault.finding.kind == FindingKind::kLivelock ||
                          fault.finding.kind == FindingKind::kUnfinished;
  const std::size_t rows = is_endless ? 24 : kMostTraceRows;
  fault.finding.trace = report::TraceText(narrator_, rows);
}

}  // namespace selvage
