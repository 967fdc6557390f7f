// Schedules per second: three tasks that lock, add and unlock three times each, under control and
// on threads made anew.

#include <benchmark/benchmark.h>

#include <functional>

#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/harness/tsan/race.h"
#include "selvage/tests/bench/bodies.h"
#include "selvage/tests/bench/ratio_reporter.h"

namespace selvage::bench {
namespace {

void BM_ThreeTasks_Controlled(benchmark::State& state) {
  runtime::Scheduler scheduler(schedule::ScheduleSettings{}, 256 * 1024);
  tsan::RaceCollector races;
  scheduler.set_race_collector(&races);
  schedule::RandomWalk walk;
  std::uint64_t index = 0;
  for (auto _ : state) {
    scheduler.Run({[](void*) { LockAddUnlockOnTasks(); }, nullptr}, walk,
                  schedule::MixSeed(1, index++));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(index));
}
BENCHMARK(BM_ThreeTasks_Controlled)->UseRealTime();

// With all that Explore() does beside: lock orders recorded, behaviours counted, the default
// strategy.
void BM_ThreeTasks_Explored(benchmark::State& state) {
  Options options;
  options.schedules = static_cast<std::uint64_t>(state.max_iterations);
  std::uint64_t schedules = 0;
  for (auto _ : state) {
    if (schedules == 0) schedules = Explore(&LockAddUnlockOnTasks, options).schedules;
  }
  if (schedules != options.schedules) state.SkipWithError("not clean");
  state.SetItemsProcessed(static_cast<std::int64_t>(schedules));
}
BENCHMARK(BM_ThreeTasks_Explored)->UseRealTime();

// The same body on std::thread and std::mutex, under control as it is.
void BM_ThreeThreads_Explored(benchmark::State& state) {
  Options options;
  options.schedules = static_cast<std::uint64_t>(state.max_iterations);
  std::uint64_t schedules = 0;
  for (auto _ : state) {
    if (schedules == 0) schedules = Explore(&LockAddUnlockOnThreads, options).schedules;
  }
  if (schedules != options.schedules) state.SkipWithError("not clean");
  state.SetItemsProcessed(static_cast<std::int64_t>(schedules));
}
BENCHMARK(BM_ThreeThreads_Explored)->UseRealTime();

void BM_ThreeTasks_FreshThreads(benchmark::State& state) {
  std::int64_t runs = 0;
  for (auto _ : state) {
    LockAddUnlockOnThreads();
    ++runs;
  }
  state.SetItemsProcessed(runs);
}
BENCHMARK(BM_ThreeTasks_FreshThreads)->UseRealTime();

const int kRatio = AddRatio({"3 x 3 (lock, add, unlock): fresh std::threads / controlled",
                             "BM_ThreeTasks_FreshThreads/real_time",
                             "BM_ThreeTasks_Controlled/real_time", "at least 20"});

const int kExploredRatio = AddRatio({"3 x 3 (lock, add, unlock): fresh std::threads / Explore()",
                                     "BM_ThreeTasks_FreshThreads/real_time",
                                     "BM_ThreeTasks_Explored/real_time", "at least 20"});

const int kUnmodifiedRatio = AddRatio(
    {"Explore() of 3 x 3: schedules/s of std::thread / of primitives",
     "BM_ThreeTasks_Explored/real_time", "BM_ThreeThreads_Explored/real_time", "at least 0.25"});

}  // namespace
}  // namespace selvage::bench
