#include "selvage/harness/exploration.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "selvage/harness/crash/interruption.h"
#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/signal_handler.h"
#include "selvage/harness/report/lock_order_words.h"
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
  settings.control_native = options.control_native;
  settings.build = schedule::ThisBuild();
  return settings;
}

// Where a plain access goes is not compared: heap addresses may differ without any choice being
// different.
bool IsSameOperation(const runtime::Op& a, const runtime::Op& b) {
  return a.task == b.task && a.kind == b.kind &&
         (runtime::IsMemoryAccess(a.kind) || a.object == b.object);
}

void RunBody(void* body) { (*static_cast<const std::function<void()>*>(body))(); }

}  // namespace

Exploration::Exploration(const std::function<void()>& body, const Options& options)
    : body_(body),
      options_(options),
      settings_(SettingsOf(options)),
      scheduler_(settings_, options.stack_size),
      narrator_(scheduler_, *symbolizer_),
      race_identifier_(narrator_, *symbolizer_) {
  runtime::LinkMemoryAccessCallbacks();
  interpose::BeginControl();
  interpose::LinkSignalHandler();
  scheduler_.set_race_collector(&races_);
  scheduler_.set_unwinds(options.unwind);
  scheduler_.set_notes_blocked_daemons(options.blocked_daemons);
}

Result Exploration::Run() {
  if (!Prepare()) return std::move(result_);
  tsan::ForgetHistory();
  std::optional<crash::Guard> guard;
  if (options_.isolate) {
    RunIsolated();
  } else {
    guard.emplace(scheduler_, static_cast<const crash::Teller&>(*this));
    StartWatchdog();
    RunSchedules();
    NoteUncontrolled();
    result_.coverage = Coverage();
    ConfirmCycles();
  }
  if (const int number = crash::Interruption(); number != 0 && result_.error.empty()) {
    result_.error = absl::StrCat("interrupted by ", crash::SignalName(number), " after ",
                                 report::Plural(result_.schedules, "schedule", "schedules"));
  }
  std::stable_sort(faults_.begin(), faults_.end(),
                   [](const Fault& a, const Fault& b) { return a.finding.kind < b.finding.kind; });
  for (std::size_t i = 0; i < faults_.size() && i < kMostExplained; ++i) {
    options_.isolate ? ExplainIsolated(faults_[i]) : Explain(faults_[i]);
  }
  NoteShownCycles();
  if (options_.lock_order && !options_.isolate) AnalyseLockOrder();
  if (!options_.isolate) {
    TellOfInversions();
    TellOfUncontrolled();
  }
  std::vector<Finding> findings;
  for (Fault& fault : faults_) findings.push_back(std::move(fault.finding));
  result_.findings.insert(result_.findings.begin(), findings.begin(), findings.end());
  if (faults_not_kept_ > 0) {
    absl::StrAppend(&result_.coverage,
                    report::Plural(faults_not_kept_, "further fault was", "further faults were"),
                    " seen and not kept\n");
  }
  TellWhatAPassIs();
  return std::move(result_);
}

// Makes the strategy, or reads the token. False if there is an error.
bool Exploration::Prepare() {
  if (const std::size_t least = runtime::Body::LeastStackSize(); options_.stack_size < least) {
    result_.error = absl::StrCat("Options::stack_size is ", options_.stack_size,
                                 " bytes, too few for a task; at least ", least, " are needed");
    return false;
  }
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
    watchdog_.emplace(scheduler_, options_.watchdog,
                      [this](const crash::StuckTask& stuck) { EndStuck(stuck); });
  }
}

void Exploration::RunSchedules() {
  if (strategy_ == nullptr) {
    RunReplay();
  } else if (Walks()) {
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
  if (crash::Interruption() != 0) return false;
  return options_.time_budget.count() == 0 ||
         std::chrono::steady_clock::now() - start_ < options_.time_budget;
}

// Whether the budget of schedules and of time, and the results so far, leave something to do.
bool Exploration::GoesOn() const {
  if (crash::Interruption() != 0) return false;
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

// What is learnt of shared locals adds choices to the tree: at the end of a walk, or of its part
// with fewer preemptions, it starts anew. What was found before that stays, and counts; what was
// not found proves nothing.
void Exploration::RunExhaustively() {
  std::optional<std::uint32_t> preemptions = Walk().preemptions;
  for (std::uint64_t i = 0;; ++i) {
    schedule::WalkProgress walk = Walk();
    // What was initialised on the way, when it was first used, is not met again.
    if (walk.nondeterminism && !walk_was_repeated_ && result_.nondeterminism.empty()) {
      walk_was_repeated_ = true;
      RestartWalk();
      walk = Walk();
      preemptions = walk.preemptions;
    }
    if (walk.done || walk.preemptions != preemptions) {
      NoteNondeterminism();
      if (LearnSharedStack()) {
        RestartWalk();
        walk = Walk();
      } else if (walk.done) {
        break;
      }
      preemptions = walk.preemptions;
    }
    if (!GoesOn()) break;
    RunAndCount(*strategy_, 0);
    if (!walks_plainly_ && NeedsPlainWalk()) {
      WalkPlainly();
      preemptions = Walk().preemptions;
    }
    if (i % kDeterminismInterval == 0) CheckDeterminism();
  }
  NoteNondeterminism();
  if (!LearnSharedStack() && !Walk().nondeterminism) NoteWalked();
}

bool Exploration::Walks() const { return strategy_ != nullptr && strategy_->walk().has_value(); }

schedule::WalkProgress Exploration::Walk() const { return strategy_->walk().value(); }

void Exploration::RestartWalk() {
  if (walks_plainly_) {
    strategy_ = std::make_unique<schedule::Exhaustive>();
  } else {
    strategy_ = *schedule::MakeStrategy(options_.strategy);
  }
  behaviours_ = Behaviours{};  // more operations are seen from now on
  if (shared_ != nullptr) TellOfRestart();
}

// Whether what the walk leaves out may not be like what it has walked: tasks may share what has no
// scheduling points, or a schedule was one that nothing is certain of. As it is with
// `memory_points` switched off: there Options says what is assumed. Asked after each schedule.
bool Exploration::NeedsPlainWalk() {
  const schedule::WalkProgress walk = Walk();
  if (!walk.reduced) return false;
  if (walk.doubtful || !scheduler_.sees_memory()) return true;
  const bool has_seen_enough = result_.schedules == kLookedThrough || walk.done;
  return options_.memory_points && has_seen_enough && !FilesWithoutPoints().empty();
}

// What was found stays. A first schedule that showed nothing is run again, and counted then.
void Exploration::WalkPlainly() {
  walks_plainly_ = true;
  RestartWalk();
  if (result_.schedules == 1 && faults_.empty() && shared_ == nullptr) {
    result_.schedules = result_.steps = result_.races = 0;
  }
}

void Exploration::NoteNondeterminism() {
  if (const auto nondeterminism = Walk().nondeterminism) result_.nondeterminism = *nondeterminism;
}

// REQUIRES: nothing has been learnt since the walk began.
void Exploration::NoteWalked() {
  const schedule::WalkProgress walk = Walk();
  result_.exhausted = walk.done && !walk.doubtful && result_.nondeterminism.empty();
  is_reduced_ = walk.reduced;
  walk_repeats_ = walk.repeats;
  if (!walk.complete && walk.preemptions) {
    result_.preemption_bound = static_cast<int>(*walk.preemptions);
  }
  result_.walked = walk.doubtful ? 0 : walk.walked;
  if (!walk.complete) result_.walked_preemptions = static_cast<int>(walk.walked_preemptions);
}

Outcome Exploration::RunObserved(LockOrderObserver& observer, schedule::Strategy& strategy,
                                 std::uint64_t seed) {
  races_.Clear();
  if ((result_.schedules > 0 || walks_plainly_) && !shows_output_) {
    silence_.BeginSchedule();
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
  repeats_ = true;
  const Outcome outcome = RunObserved(disregarded_, strategy, seed);
  repeats_ = false;
  return outcome;
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
  const std::vector<runtime::TraceEntry> entries(scheduler_.trace().entries.begin(),
                                                 scheduler_.trace().entries.end());
  const std::vector<runtime::TracedObject> objects(scheduler_.trace().objects.begin(),
                                                   scheduler_.trace().objects.end());
  Replay replay(DecisionsMade(), Replay::Mode::kStrict);
  RunUnrecorded(replay, 0);
  const runtime::Trace& trace = scheduler_.trace();
  std::size_t i = 0;
  while (i < entries.size() && i < trace.entries.size() &&
         IsSameOperation(entries[i].op, trace.entries[i].op)) {
    ++i;
  }
  if (i == entries.size() && i == trace.entries.size()) return "";
  const auto tell = [&](const auto& operations, const auto& its_objects) {
    if (i >= operations.size()) return std::string("the schedule had ended");
    const runtime::Op& op = operations[i].op;
    std::string text = absl::StrCat("task ", static_cast<std::uint32_t>(op.task), " did ",
                                    runtime::OpKindName(op.kind));
    if (!runtime::IsMemoryAccess(op.kind) && op.object != runtime::kNoObject) {
      absl::StrAppend(&text, " of ",
                      its_objects[static_cast<std::size_t>(op.object) - 1].Description());
    }
    const std::string place = narrator_.Place({}, op.site);
    if (!place.empty()) absl::StrAppend(&text, " at ", place);
    return text;
  };
  return absl::StrCat("the same choices gave two schedules: at operation ", i + 1, " ",
                      tell(entries, objects), ", and the second time ",
                      tell(trace.entries, trace.objects));
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
