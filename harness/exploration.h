// One call of Explore(): its schedules, what they showed, and the explanations at the end.
#ifndef SELVAGE_HARNESS_EXPLORATION_H_
#define SELVAGE_HARNESS_EXPLORATION_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "selvage/harness/behaviours.h"
#include "selvage/harness/explore.h"
#include "selvage/harness/lock_order_observer.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/report/narrator.h"
#include "selvage/harness/report/symbolize.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/decision.h"
#include "selvage/harness/schedule/directed.h"
#include "selvage/harness/schedule/strategy.h"
#include "selvage/harness/tsan/race.h"

namespace selvage {

// Runs on one thread, the driver.
class Exploration {
 public:
  Exploration(const std::function<void()>& body, const Options& options);

  Result Run();

 private:
  // Something seen in the schedule that ran last.
  struct Observation {
    FindingKind kind;
    std::uint64_t key = 0;  // not for races: the same for the same fault in other schedules
    const runtime::Incident* incident = nullptr;
    const tsan::Race* race = nullptr;
  };
  // A fault, and the first schedule that showed it.
  struct Fault {
    bool IsSeenIn(const Observation& observation) const;

    Finding finding;
    std::uint64_t key;
    std::vector<std::uintptr_t> race_sites;  // all code known to take part
    schedule::ScheduleSettings settings;
    std::vector<schedule::Decision> decisions;
    std::uint64_t last_schedule = 0;  // that showed it
  };

  bool GoesOn() const;
  void RunSampled(schedule::Strategy& strategy);
  void RunExhaustively(std::unique_ptr<schedule::Strategy> strategy);
  void RunReplay();
  runtime::Outcome RunObserved(LockOrderObserver& observer, schedule::Strategy& strategy,
                               std::uint64_t seed);
  runtime::Outcome RunSchedule(schedule::Strategy& strategy, std::uint64_t seed);
  runtime::Outcome RunUnrecorded(schedule::Strategy& strategy, std::uint64_t seed);
  runtime::Outcome RunAndCount(schedule::Strategy& strategy, std::uint64_t seed);
  std::vector<Observation> Observe(runtime::Outcome outcome) const;
  void Count(const std::vector<Observation>& observations);
  Fault* FindFault(const Observation& observation);
  Finding Describe(const Observation& observation);
  void Explain(Fault& fault);
  std::optional<Observation> RunAgain(const Fault& fault,
                                      const std::vector<schedule::Decision>& decisions,
                                      bool lenient);
  void ShrinkFault(Fault& fault);
  void CheckDeterminism();
  bool LearnSharedStack();
  lockgraph::RecordedGraph LockOrders();
  void ConfirmCycles();
  void Confirm(std::vector<schedule::RequestTarget> targets, lockgraph::Confirmation& confirmation);
  void AnalyseLockOrder();
  std::string Coverage(const std::string& strategy) const;

  std::vector<schedule::Decision> DecisionsMade() const;

  // How often a schedule with a race is run until TSan sees it again. TSan keeps four accesses for
  // each eight bytes, those of earlier schedules among them, and drops others at random.
  static constexpr int kRaceAttempts = 16;

  const std::function<void()>& body_;
  const Options& options_;
  schedule::ScheduleSettings settings_;
  LockOrderObserver lock_order_;   // outlives the tasks it observes
  LockOrderObserver disregarded_;  // of schedules that only repeat or chase what is known
  runtime::Scheduler scheduler_;
  tsan::RaceCollector races_;
  report::Symbolizer symbolizer_;
  report::Narrator narrator_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  Behaviours behaviours_;
  std::vector<Fault> faults_;
  std::uint64_t faults_not_kept_ = 0;
  std::vector<lockgraph::Confirmation> confirmations_;
  Result result_;
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_EXPLORATION_H_
