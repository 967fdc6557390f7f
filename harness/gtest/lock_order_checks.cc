#include "selvage/harness/gtest/lock_order_checks.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "selvage/harness/gtest/startup.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/baseline.h"
#include "selvage/harness/lockgraph/cycle_watch.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/report/lock_order_text.h"
#include "selvage/harness/settings/settings.h"

namespace selvage {
namespace {

using lockgraph::AcceptedCycle;
using lockgraph::Analysis;
using lockgraph::RecordedGraph;
using lockgraph::Recorder;

absl::CivilDay Today() { return absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()); }

// Fails the test in which a cycle was first seen.
class LockOrderListener : public testing::EmptyTestEventListener {
 public:
  explicit LockOrderListener(const std::vector<AcceptedCycle>& baseline) {
    for (const AcceptedCycle& accepted : baseline) accepted_.insert(accepted.fingerprint);
  }

  void OnTestEnd(const testing::TestInfo&) override {
    const lockgraph::SlowScope inside;
    Recorder& recorder = Recorder::Process();
    if (!watch_.HasNews()) return;
    // Looking up the places in the code costs far more than the analysis.
    const auto nowhere = [](std::uintptr_t) { return std::vector<report::Frame>(); };
    if (!lockgraph::Analyse(recorder.Snapshot(nowhere, "")).Fails()) return;
    const RecordedGraph graph = recorder.Snapshot(program_invocation_short_name);
    const Analysis analysis = lockgraph::Analyse(graph);
    for (const lockgraph::Cycle& cycle : analysis.cycles) {
      if (!lockgraph::FailsByDefault(cycle.verdict)) continue;
      // What has happened is never accepted.
      const bool happened = cycle.verdict == lockgraph::Verdict::kOccurred;
      if (!happened && accepted_.contains(cycle.fingerprint)) continue;
      if (!reported_.insert(cycle.fingerprint).second) continue;
      ADD_FAILURE() << "lock order, seen with this test: " << lockgraph::VerdictName(cycle.verdict)
                    << ": " << cycle.reason << "\n"
                    << report::LockOrderCycleText(graph, analysis, cycle);
    }
  }

 private:
  std::set<std::string> accepted_;  // fingerprints
  std::set<std::string> reported_;
  lockgraph::CycleWatch watch_{Recorder::Process()};
};

// Fails the program for entries of the baseline that are no good. An environment, since what fails
// after it does not count.
class BaselineCheck : public testing::Environment {
 public:
  explicit BaselineCheck(std::vector<AcceptedCycle> baseline) : baseline_(std::move(baseline)) {}

  void TearDown() override {
    const lockgraph::SlowScope inside;
    const testing::UnitTest& program = *testing::UnitTest::GetInstance();
    const bool all_were_run =
        program.test_to_run_count() + program.disabled_test_count() == program.total_test_count();
    const Analysis analysis = lockgraph::Analyse(lockgraph::ReportedGraph());
    std::set<std::string_view> found;
    for (const lockgraph::Cycle& cycle : analysis.cycles) found.insert(cycle.fingerprint);
    // What tests that were not run would have shown is not known.
    std::vector<AcceptedCycle> expected;
    for (const AcceptedCycle& accepted : baseline_) {
      if (all_were_run || found.contains(accepted.fingerprint)) expected.push_back(accepted);
    }
    for (const std::string& entry : lockgraph::Compare(expected, analysis, Today()).stale) {
      ADD_FAILURE() << "the baseline of lock orders: " << entry;
    }
  }

 private:
  const std::vector<AcceptedCycle> baseline_;
};

std::vector<AcceptedCycle> ReadBaseline(const std::string& path) {
  if (path.empty()) return {};
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) ExitForUsage("cannot read the baseline " + path);
  auto baseline = lockgraph::ParseBaseline(text.str());
  if (!baseline.ok()) ExitForUsage(path + ": " + std::string(baseline.status().message()));
  return *std::move(baseline);
}

}  // namespace

void CheckLockOrders(const LockOrderChecks& checks) {
  std::vector<AcceptedCycle> baseline = ReadBaseline(checks.baseline);
  lockgraph::RecordProcess(checks.report);
  testing::UnitTest::GetInstance()->listeners().Append(new LockOrderListener(baseline));
  if (!baseline.empty()) testing::AddGlobalTestEnvironment(new BaselineCheck(std::move(baseline)));
}

void CheckLockOrdersAsAsked() {
  static bool asked = false;
  if (std::exchange(asked, true)) return;
  LinkStartup();
  Options of_no_test;
  absl::Status status = settings::Apply(of_no_test);
  const auto report = settings::ProgramSetting("lock_order");
  const auto baseline = settings::ProgramSetting("baseline");
  if (!status.ok()) ExitForUsage(std::string(status.message()));
  CheckLockOrders({.report = *report, .baseline = *baseline});
}

}  // namespace selvage
