#include "selvage/tests/harness/lockgraph/real_scenario.h"

#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "selvage/harness/explore.h"
#include "selvage/harness/lockgraph/cycle_watch.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/hooks.h"
#include "selvage/tests/harness/lockgraph/front.h"

#ifdef SELVAGE_FRONT_IS_STD

// Without ThreadSanitizer's own detector, which has no room for more than 64 locks of a thread.
SELVAGE_OWN_TSAN_DEFAULT_OPTIONS();
extern "C" const char* __tsan_default_options();
extern "C" const char* __tsan_default_options() {
  return "suppress_equal_stacks=0:suppress_equal_addresses=0:symbolize=0:atexit_sleep_ms=0:"
         "detect_deadlocks=0";
}

#endif

namespace selvage::tests {

using lockgraph::Recorder;

namespace {

RecordedGraph RecordNative(const std::function<void()>& body) {
  Recorder recorder(Recorder::Runs::kOnce);
  recorder.BeginRun();
  lockgraph::BeginThread(recorder.Root("main"));
  body();
  lockgraph::EndThread();
  RecordedGraph graph = recorder.Snapshot("run");
  EXPECT_EQ(lockgraph::Invalid(graph), "");
  if (!Analyse(graph).cycles.empty()) {
    EXPECT_TRUE(lockgraph::CycleWatch(recorder).HasNews()) << "a finding that it has not seen";
  }
  return graph;
}

RecordedGraph RecordControlled(const std::function<void()>& body, Options options) {
  options.confirm_cycles = false;
  options.lock_order_report = true;
  options.stop_at_first_failure = false;
  options.shrink = false;
  const Result result = Explore(body, options);
  EXPECT_EQ(result.error, "");
  const absl::StatusOr<RecordedGraph> graph = report::ReadLockOrderJson(result.lock_order);
  EXPECT_TRUE(graph.ok()) << graph.status();
  return graph.ok() ? *graph : RecordedGraph();
}

}  // namespace

RecordedGraph RecordGraph(Stage stage, const std::function<void()>& body) {
  if (stage == Stage::kNative) return RecordNative(body);
  Options options;
  options.strategy = "exhaustive";
  options.schedules = 1;
  return RecordControlled(body, options);
}

Analysis RecordMany(const std::function<void()>& body) {
  Options options;
  options.schedules = 300;
  return Analyse(RecordControlled(body, options));
}

void Turns::Await(int turn) const {
  if (runtime::CurrentTask() != nullptr) return;
  while (turn_.load() < turn) std::this_thread::yield();
}

void Turns::Set(int turn) { turn_.store(turn); }

void InTurn(const std::vector<Part>& parts) {
  Turns turns(-1);
  std::vector<Thread> threads;
  for (int i = 0; i < static_cast<int>(parts.size()); ++i) {
    const Part& part = parts[static_cast<std::size_t>(i)];
    threads.emplace_back(ThreadAttributes(part.name), [&turns, &part, i] {
      turns.Await(i);
      part.does();
      turns.Set(i + 1);
    });
  }
  turns.Set(0);
  for (Thread& thread : threads) thread.join();
}

void LetOthersGoOn() {
  Thread("visitor", [] {}).join();
}

std::string Strongest(const Analysis& analysis) {
  if (analysis.cycles.empty()) return "none";
  const lockgraph::Cycle& cycle = analysis.cycles.front();
  return absl::StrCat(lockgraph::VerdictName(cycle.verdict), ": ", cycle.reason);
}

}  // namespace selvage::tests
