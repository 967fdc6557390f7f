// One call of Explore(): its schedules, what they showed, and the explanations at the end.
#ifndef SELVAGE_HARNESS_EXPLORATION_H_
#define SELVAGE_HARNESS_EXPLORATION_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "selvage/harness/behaviours.h"
#include "selvage/harness/crash/guard.h"
#include "selvage/harness/crash/text.h"
#include "selvage/harness/crash/watchdog.h"
#include "selvage/harness/deadlock_identity.h"
#include "selvage/harness/explore.h"
#include "selvage/harness/isolation/child.h"
#include "selvage/harness/lock_order_observer.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/output/silence.h"
#include "selvage/harness/race_identity.h"
#include "selvage/harness/record.h"
#include "selvage/harness/report/borrowed_symbolizer.h"
#include "selvage/harness/report/narrator.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/build.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/schedule/directed.h"
#include "selvage/harness/schedule/strategy.h"
#include "selvage/harness/tsan/race.h"

namespace selvage {

// Runs on one thread, the driver.
class Exploration : private crash::Teller {
 public:
  Exploration(const std::function<void()>& body, const Options& options);

  Result Run();

 private:
  // By what a fault is known again in another schedule.
  struct Sighting {
    FindingKind kind;
    std::uint64_t key = 0;  // not for races
    RaceIdentity race = {};

    friend bool operator==(const Sighting&, const Sighting&) = default;
  };
  // Something seen in the schedule that ran last.
  struct Observation {
    Sighting sighting;
    const runtime::Incident* incident = nullptr;
    const tsan::Race* race = nullptr;
  };
  // What is counted of a schedule; complete in itself, so that another process can count it.
  struct ScheduleRecord {
    struct Entry {
      Sighting sighting;
      std::optional<Finding> finding;  // if its fault was not known before
    };
    std::uint64_t steps = 0;
    std::uint64_t races = 0;
    std::uint64_t behaviour = 0;
    std::uint32_t tasks = 0;
    schedule::ScheduleSettings settings;
    std::vector<Entry> entries;
    std::vector<schedule::Decision> decisions;  // if any fault was not known before
    // The process ended after so many operations.
    std::optional<std::uint64_t> ended_after = std::nullopt;
  };
  // A cycle of the lock graph that a schedule has deadlocked on.
  struct ShownCycle {
    std::string fingerprint;
    std::vector<schedule::RequestTarget> targets;
    std::uint64_t directed = 0;  // directed schedules that sought it
  };
  // A fault, and the first schedule that showed it.
  struct Fault {
    bool IsSeenIn(const Sighting& sighting) const;
    // Whether it is a race of the same code on another element of the same memory.
    bool IsSiblingOf(const Sighting& sighting) const;
    bool HasCodeOf(const RaceIdentity& race) const;
    void Learn(const RaceIdentity& race);

    Finding finding;
    Sighting first;                        // of all
    std::vector<std::uint64_t> race_code;  // all that is known to take part
    schedule::ScheduleSettings settings;
    std::vector<schedule::Decision> decisions;
    std::uint64_t last_schedule = 0;  // that showed it
    // The schedule ends the process after so many operations.
    std::optional<std::uint64_t> ended_after = std::nullopt;
    // Of a deadlock: what it is as a cycle.
    std::vector<ShownCycle> cycles = {};
  };

  bool Prepare();
  void StartWatchdog();
  void RunSchedules();
  bool HasTime() const;
  bool GoesOn() const;
  void RunSampled();
  bool Walks() const;
  void RunExhaustively();
  void RestartWalk();
  bool NeedsPlainWalk();
  void WalkPlainly();
  void NoteNondeterminism();
  void NoteWalked();
  schedule::WalkProgress Walk() const;  // REQUIRES: Walks()
  void RunReplay();
  runtime::Outcome RunObserved(LockOrderObserver& observer, schedule::Strategy& strategy,
                               std::uint64_t seed);
  runtime::Outcome RunSchedule(schedule::Strategy& strategy, std::uint64_t seed);
  runtime::Outcome RunUnrecorded(schedule::Strategy& strategy, std::uint64_t seed);
  void RunAndCount(schedule::Strategy& strategy, std::uint64_t seed);
  void CountHere(const ScheduleRecord& record);
  std::vector<Observation> Observe(runtime::Outcome outcome);
  ScheduleRecord Record(const std::vector<Observation>& observations);
  void Count(const ScheduleRecord& record);
  void CountFromChild(const ScheduleRecord& record);
  Fault* FindFault(const Sighting& sighting);
  Finding Describe(const Observation& observation);
  void DescribeIncident(const runtime::Incident& incident, Finding& finding);
  void Explain(Fault& fault);
  std::optional<Observation> RunAgain(const Fault& fault,
                                      const std::vector<schedule::Decision>& decisions,
                                      bool lenient);
  bool MayShrink() const;
  void ShrinkFault(Fault& fault);
  void AdoptRepeat(Fault& fault);
  void CheckDeterminism();
  std::string DifferenceOfRepeat();
  bool LearnSharedStack();
  lockgraph::RecordedGraph LockOrders();
  // Predicted deadlocks that happen (exploration_confirm.cc).
  void ConfirmCycles();
  bool IsShownBySchedules(const std::string& fingerprint,
                          const std::vector<schedule::RequestTarget>& targets);
  void Confirm(std::vector<schedule::RequestTarget> targets, lockgraph::Confirmation confirmation);
  bool DeadlocksOn(const std::vector<schedule::RequestTarget>& targets) const;
  bool AskWherePredicted(const std::vector<schedule::RequestTarget>& targets) const;
  bool DeadlocksAsBefore(const Fault& fault) const;
  void NoteShownCycles();
  Fault* DeadlockOf(const std::string& fingerprint);
  void AnalyseLockOrder();
  void TellOfInversions();
  std::string Coverage() const;
  std::string WalkedText() const;

  // The process ends in a schedule (exploration_crash.cc).
  void TellOfDeath(const crash::Death& death) const override;
  void TellOfToken(crash::Text& text, const schedule::ScheduleSettings& settings,
                   std::span<const schedule::Decision> decisions) const;
  void TellOfFaults(crash::Text& text) const;
  struct Places;
  bool TellOfPlaces(const crash::Death& death) const;
  [[noreturn]] void EndStuck(const crash::StuckTask& stuck) const;
  void PrintPlaces(const crash::Death& death) const;

  // What a pass is worth (exploration_warnings.cc).
  void NoteVisibility();
  std::vector<std::string> FilesWithoutPoints();
  void WarnOfUnseenCode();
  std::optional<std::string> PlaceOf(const runtime::UncontrolledUse& use);
  void NoteUncontrolled();
  void TellOfUncontrolled();
  void TellWhatAPassIs();

  // Isolated explorations (exploration_isolated.cc): the parent's side ...
  void RunIsolated();
  void ExploreInChildren();
  void ReadLog();
  void CountCrash();
  void NarrateInChild(Fault& fault, const isolation::LastWords& words, const std::string& what,
                      std::uint64_t operations);
  void ExplainIsolated(Fault& fault);
  void ExplainCrash(Fault& fault);
  bool CrashesAgain(const Fault& fault, const std::vector<schedule::Decision>& decisions,
                    bool lenient);
  std::string CrashSummary();
  void PutEntry(RecordWriter& writer, const ScheduleRecord::Entry& entry);
  // ... and the child's.
  void BeginChild(isolation::SharedMemory& shared);
  void ExploreAsChild();
  void RunSchedulesAsChild();
  void TellOfSchedule(const ScheduleRecord& record);
  void TellBeforeTheEnd();
  void TellOfRestart();
  void NarrateCrash(const Fault& fault, const isolation::LastWords& words, const std::string& what,
                    std::uint64_t operations);

  std::vector<schedule::Decision> DecisionsMade() const;

  // How often a schedule with a race is run until TSan sees it again. TSan keeps four accesses for
  // each eight bytes, those of earlier schedules among them, and drops others at random.
  static constexpr int kRaceAttempts = 16;

  static constexpr std::uint64_t kShrinkRuns = 600;
  // Of all these runs together: some seconds. A schedule without an end has as many as are allowed.
  static constexpr std::uint64_t kShrinkOperations = 20'000'000;
  // Schedules in which code is looked for that has no scheduling points.
  static constexpr std::uint64_t kLookedThrough = 3;
  static constexpr std::size_t kMostTraceRows = 100;

  const std::function<void()>& body_;
  const Options& options_;
  std::unique_ptr<schedule::Strategy> strategy_;  // none for a replay
  std::vector<schedule::Decision> decisions_to_replay_;
  schedule::ScheduleSettings settings_;
  LockOrderObserver lock_order_;   // outlives the tasks it observes
  LockOrderObserver disregarded_;  // of schedules that only repeat or chase what is known
  runtime::Scheduler scheduler_;
  tsan::RaceCollector races_;
  report::BorrowedSymbolizer symbolizer_;
  report::Narrator narrator_;
  DeadlockIdentifier deadlock_identifier_{narrator_};
  RaceIdentifier race_identifier_;
  std::optional<crash::Watchdog> watchdog_;
  bool repeats_ = false;                       // the running schedule is one that was run before
  std::unique_ptr<isolation::Child> child_;    // of an isolated exploration
  isolation::SharedMemory* shared_ = nullptr;  // in such a child
  bool child_is_done_ = false;                 // the log says that no schedule is left
  std::vector<ScheduleRecord::Entry> before_crash_;  // what a schedule showed before it crashed
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Behaviours behaviours_;
  std::vector<Fault> faults_;
  std::uint64_t faults_not_kept_ = 0;
  // By the repetition that ran last: TSan's history is then as good as new, and forgetting it is
  // slow.
  bool race_was_seen_ = false;
  std::vector<lockgraph::Confirmation> confirmations_;  // but for those of `Fault::cycles`
  schedule::Build foreign_build_ = 0;  // the token's, if it is of another kind than this one
  bool walk_was_repeated_ = false;     // for what was initialised on its way
  bool walks_plainly_ = false;         // nothing is left out
  std::uint64_t walk_repeats_ = 0;     // schedules that were like others, of a walk that is done
  bool is_reduced_ = false;            // so is it
  mutable output::Silence silence_;    // after the first schedule
  bool shows_output_ = false;          // of the schedule that is explained
  std::set<std::uintptr_t> memory_sites_;
  std::string weak_order_;  // where the first atomic operation weaker than seq_cst was; or empty
  std::set<std::uintptr_t> primitive_sites_;
  Result result_;
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_EXPLORATION_H_
