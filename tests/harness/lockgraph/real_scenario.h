// Scenarios played by the primitives themselves: once by ordinary threads, once by the tasks of a
// schedule.
#ifndef SELVAGE_TESTS_HARNESS_LOCKGRAPH_REAL_SCENARIO_H_
#define SELVAGE_TESTS_HARNESS_LOCKGRAPH_REAL_SCENARIO_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"

namespace selvage::tests {

using lockgraph::Analyse;
using lockgraph::Analysis;
using lockgraph::RecordedGraph;

enum class Stage { kNative, kControlled };

// How the verdict on a cycle begins that nothing excludes.
inline constexpr char kTwoThreads[] = "FEASIBLE: two threads, concurrent, no common guard";

inline constexpr char kObserved[] =
    "ORDERED_OBSERVED: ordered in this run by a signal, which another run need not repeat";

// What a body did: one run of ordinary threads, or the first schedule of the exhaustive strategy,
// in which a task goes on until it waits.
RecordedGraph RecordGraph(Stage stage, const std::function<void()>& body);
inline Analysis Record(Stage stage, const std::function<void()>& body) {
  return Analyse(RecordGraph(stage, body));
}
// What many random schedules of it did.
Analysis RecordMany(const std::function<void()>& body);

// The order in which ordinary threads go on, made of what the recorder does not see: it neither
// orders nor waits. In a schedule it does nothing.
class Turns {
 public:
  explicit Turns(int first = 0) : turn_(first) {}
  void Await(int turn) const;
  void Set(int turn);

 private:
  std::atomic<int> turn_;
};

// Threads that are all started before the first of them goes on, and then do their parts one after
// another, ordered by nothing that is recorded. Returns when all are joined.
struct Part {
  const char* name;
  std::function<void()> does;
};
void InTurn(const std::vector<Part>& parts);

// In a schedule: lets all others go on until they wait.
void LetOthersGoOn();

// Takes them in that order and releases them in the opposite one.
template <typename First, typename... Others>
void Nest(First& first, Others&... others) {
  first.lock();
  if constexpr (sizeof...(others) != 0) Nest(others...);
  first.unlock();
}

// "FEASIBLE: two threads, concurrent, ..." of the strongest cycle, or "none".
std::string Strongest(const Analysis& analysis);

class RealScenario : public testing::TestWithParam<Stage> {
 protected:
  Analysis Play(const std::function<void()>& body) const { return Record(GetParam(), body); }
};

#define SELVAGE_ON_BOTH_STAGES(suite)                               \
  INSTANTIATE_TEST_SUITE_P(                                         \
      , suite, testing::Values(Stage::kNative, Stage::kControlled), \
      [](const auto& it) { return it.param == Stage::kNative ? "Native" : "Controlled"; })

}  // namespace selvage::tests

#endif  // SELVAGE_TESTS_HARNESS_LOCKGRAPH_REAL_SCENARIO_H_
