#include "selvage/harness/exploration.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/interpose/native_mutex.h"
#include "selvage/harness/runtime/memory_access.h"
#include "selvage/harness/schedule/exhaustive.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/replay.h"
#include "selvage/harness/schedule/token.h"

namespace selvage {

using runtime::Outcome;
using runtime::Task;
using runtime::TaskId;
using schedule::Decision;
using schedule::Replay;

namespace {

// Faults that get a trace, a shrunk one, in the order in which they are reported.
constexpr std::size_t kMostExplained = 8;
constexpr std::uint64_t kDeterminismInterval = 100;
// So many repeats are alike if the schedule before them was longer for what it initialised.
constexpr int kRepeatsAlike = 4;

schedule::ScheduleSettings SettingsOf(const Options& options) {
  schedule::ScheduleSettings settings;
  settings.max_steps = options.max_steps;
  settings.spurious_wakeups = options.spurious_wakeups;
  settings.early_timeouts = options.early_timeouts;
  settings.fresh_bodies = options.fresh_bodies;
  settings.memory_points = options.memory_points;
  settings.build = schedule::ThisBuild();
  return settings;
}

std::uint64_t HashTrace(const runtime::Trace& trace) {
  std::uint64_t hash = 0;
  for (const runtime::TraceEntry& entry : trace.entries) {
    hash = schedule::SplitMix64::Mix(hash ^ (static_cast<std::uint64_t>(entry.op.task) << 8 |
                                             static_cast<std::uint64_t>(entry.op.kind)));
  }
  return hash;
}

void RunBody(void* body) { (*static_cast<const std::function<void()>*>(body))(); }

}  // namespace

Exploration::Exploration(const std::function<void()>& body, const Options& options)
    : body_(body),
      options_(options),
      settings_(SettingsOf(options)),
      scheduler_(settings_, options.stack_size),
      narrator_(scheduler_, *symbolizer_) {
  runtime::LinkMemoryAccessCallbacks();
  interpose::LinkNativeMutex();
  scheduler_.set_race_collector(&races_);
  scheduler_.set_unwinds(options.unwind);
}

Result Exploration::Run() {
  if (!Prepare()) return std::move(result_);
  tsan::ForgetHistory();
  if (options_.isolate) {
    RunIsolated();
  } else {
    StartWatchdog();
    RunSchedules();
    result_.coverage = Coverage();
    ConfirmCycles();
  }
  std::stable_sort(faults_.begin(), faults_.end(),
                   [](const Fault& a, const Fault& b) { return a.finding.kind < b.finding.kind; });
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (i < kMostExplained) options_.isolate ? ExplainIsolated(faults_[i]) : Explain(faults_[i]);
    findings.push_back(std::move(faults_[i].finding));
  }
  if (options_.lock_order && !options_.isolate) AnalyseLockOrder();
  if (!options_.isolate) TellOfInversions();
  result_.findings.insert(result_.findings.begin(), findings.begin(), findings.end());
  if (faults_not_kept_ > 0) {
    absl::StrAppend(&result_.coverage, faults_not_kept_,
                    " further faults were seen and not kept\n");
  }
  TellWhatAPassIs();
  return std::move(result_);
}

// Makes the strategy, or reads the token. False if there is an error.
bool Exploration::Prepare() {
  if (options_.replay.empty()) {
    auto strategy = schedule::MakeStrategy(options_.strategy);
    if (!strategy.ok()) {
      result_.error = std::string(strategy.status().message());
      return false;
    }
    strategy_ = *std::move(strategy);
    return true;
  }
  auto token = schedule::DecodeToken(options_.replay);
  absl::Status status = token.status();
  if (status.ok()) status = schedule::CheckTokenFor(*token, options_.name);
  if (!status.ok()) {
    result_.error = std::string(status.message());
    return false;
  }
  settings_ = token->settings;
  if (settings_.build != 0 && settings_.build != schedule::ThisBuild()) {
    foreign_build_ = settings_.build;
  }
  settings_.build = schedule::ThisBuild();
  scheduler_.set_settings(settings_);
  decisions_to_replay_ = std::move(token->decisions);
  return true;
}

void Exploration::StartWatchdog() {
  if (options_.watchdog.count() > 0) {
    watchdog_.emplace(scheduler_, options_.watchdog, options_.name);
  }
}

void Exploration::RunSchedules() {
  if (strategy_ == nullptr) {
    RunReplay();
  } else if (dynamic_cast<schedule::Exhaustive*>(strategy_.get()) != nullptr) {
    RunExhaustively();
  } else {
    RunSampled();
  }
}

std::vector<Decision> Exploration::DecisionsMade() const {
  const auto& made = scheduler_.trace().decisions;
  return {made.begin(), made.end()};
}

bool Exploration::HasTime() const {
  return options_.time_budget.count() == 0 ||
         std::chrono::steady_clock::now() - start_ < options_.time_budget;
}

// Whether the budget of schedules and of time, and the results so far, leave something to do.
bool Exploration::GoesOn() const {
  if (result_.schedules == 0) return true;
  if (result_.schedules >= options_.schedules) return false;
  if (options_.stop_at_first_failure && result_.failing > 0) return false;
  if (options_.on_schedule) {
    silence_.Stop();
    if (!options_.on_schedule(result_.schedules)) return false;
  }
  if (shared_ != nullptr && shared_->log.nearly_full()) return false;
  return HasTime();
}

void Exploration::RunSampled() {
  for (std::uint64_t i = result_.schedules; GoesOn(); ++i) {
    RunAndCount(*strategy_, schedule::MixSeed(options_.seed, i));
    if (i % kDeterminismInterval == 0) CheckDeterminism();
    LearnSharedStack();
  }
}

// What is learnt of shared locals adds choices to the tree: the walk then starts anew.
void Exploration::RunExhaustively() {
  for (;;) {
    auto& exhaustive = dynamic_cast<schedule::Exhaustive&>(*strategy_);
    for (std::uint64_t i = 0; !exhaustive.done() && GoesOn(); ++i) {
      RunAndCount(exhaustive, 0);
      if (i % kDeterminismInterval == 0) CheckDeterminism();
    }
    // What was initialised on the way, when it was first used, is not met again.
    if (exhaustive.nondeterminism() && !walk_was_repeated_ && result_.nondeterminism.empty()) {
      walk_was_repeated_ = true;
      strategy_ = *schedule::MakeStrategy(options_.strategy);
      continue;
    }
    result_.exhausted = exhaustive.done() && result_.nondeterminism.empty();
    if (!exhaustive.complete() && exhaustive.preemptions()) {
      result_.preemption_bound = static_cast<int>(*exhaustive.preemptions());
    }
    result_.walked = exhaustive.walked_schedules();
    if (!exhaustive.complete()) {
      result_.walked_preemptions = static_cast<int>(exhaustive.walked_preemptions());
    }
    if (exhaustive.nondeterminism()) {
      result_.walked = 0;
      result_.nondeterminism = *exhaustive.nondeterminism();
      result_.exhausted = false;
    }
    if (!LearnSharedStack() || !GoesOn()) return;
    strategy_ = *schedule::MakeStrategy(options_.strategy);
    ForgetResults();
    if (shared_ != nullptr) TellOfRestart();
  }
}

void Exploration::ForgetResults() {
  result_ = Result{};
  behaviours_ = Behaviours{};
  faults_.clear();
}

Outcome Exploration::RunObserved(LockOrderObserver& observer, schedule::Strategy& strategy,
                                 std::uint64_t seed) {
  races_.Clear();
  if (result_.schedules > 0 && !shows_output_) {
    silence_.Start();
  } else {
    silence_.Stop();
  }
  if (options_.lock_order) {
    scheduler_.set_observer(&observer);
    observer.BeginSchedule();
  }
  const Outcome outcome = scheduler_.Run(
      runtime::Closure{&RunBody, const_cast<std::function<void()>*>(&body_)}, strategy, seed);
  if (options_.lock_order) observer.EndSchedule();
  return outcome;
}

Outcome Exploration::RunSchedule(schedule::Strategy& strategy, std::uint64_t seed) {
  return RunObserved(lock_order_, strategy, seed);
}

Outcome Exploration::RunUnrecorded(schedule::Strategy& strategy, std::uint64_t seed) {
  return RunObserved(disregarded_, strategy, seed);
}

void Exploration::RunAndCount(schedule::Strategy& strategy, std::uint64_t seed) {
  CountHere(Record(Observe(RunSchedule(strategy, seed))));
}

void Exploration::CountHere(const ScheduleRecord& record) {
  if (result_.schedules < kLookedThrough) NoteVisibility();
  if (shared_ != nullptr) TellOfSchedule(record);
  Count(record);
}

// The first attempt may differ by what is initialised when it is first used: the token is of a
// process where that had happened, or of one where it had not.
void Exploration::RunReplay() {
  Replay replay(decisions_to_replay_, Replay::Mode::kStrict);
  const int attempts = tsan::Present() ? kRaceAttempts : 2;
  for (int i = 0; i < attempts && result_.failing == 0; ++i) {
    const Outcome outcome = RunSchedule(replay, 0);
    const auto divergence = replay.divergence();
    if (divergence && i == 0) continue;
    result_.schedules = 0;
    CountHere(Record(Observe(outcome)));
    if (divergence) {
      result_.error =
          absl::StrCat("the replay diverged: ", divergence->what,
                       "; the code under test is not what it was when the token was printed");
      break;
    }
  }
  if (foreign_build_ != 0 && (result_.failing == 0 || !result_.error.empty())) {
    result_.error = absl::StrCat(
        "the replay shows nothing: the token was printed by a build ",
        schedule::BuildText(foreign_build_), ", and this is one ",
        schedule::BuildText(schedule::ThisBuild()),
        ", which has its scheduling points elsewhere; replay it with a build like the first");
  }
}

// The same choices must give the same schedule. What is initialised when it is first used (a
// function-local static, a library's registry, a thread_local of a thread that is used again) makes
// one schedule longer, and is no nondeterminism: those that follow are alike.
void Exploration::CheckDeterminism() {
  if (!result_.nondeterminism.empty() || DifferenceOfRepeat().empty()) return;
  for (int i = 0; i < kRepeatsAlike && result_.nondeterminism.empty(); ++i) {
    result_.nondeterminism = DifferenceOfRepeat();
  }
}

// Repeats the schedule that ran last. In what it was another, a sentence; empty if it was not.
std::string Exploration::DifferenceOfRepeat() {
  const std::uint64_t expected = HashTrace(scheduler_.trace());
  std::vector<runtime::TraceEntry> entries(scheduler_.trace().entries.begin(),
                                           scheduler_.trace().entries.end());
  Replay replay(DecisionsMade(), Replay::Mode::kStrict);
  RunUnrecorded(replay, 0);
  const runtime::Trace& trace = scheduler_.trace();
  if (HashTrace(trace) == expected) return "";
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
  return absl::StrCat("the same choices gave two schedules: at operation ", i + 1, " ",
                      tell(entries, entries.size()), ", and the second time ",
                      tell(trace.entries, trace.entries.size()));
}

// Locals that another task has touched become scheduling points of their owner, from the next
// schedule on. Returns whether there are new ones.
bool Exploration::LearnSharedStack() {
  if (settings_.shared_stack_begin == scheduler_.shared_stack_begin() &&
      settings_.shared_stack_end == scheduler_.shared_stack_end()) {
    return false;
  }
  settings_.shared_stack_begin = scheduler_.shared_stack_begin();
  settings_.shared_stack_end = scheduler_.shared_stack_end();
  scheduler_.set_settings(settings_);
  return true;
}

}  // namespace selvage
