// What it costs that accesses are seen: schedules with scheduling points at plain memory, in the
// two ways that compilers have, and atomic operations outside of schedules.

#include <benchmark/benchmark.h>

#include <atomic>

#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/tests/bench/access_bodies.h"
#include "selvage/tests/bench/ratio_reporter.h"

namespace selvage::bench {
namespace {

constexpr int kTimes = 1'000;

void Schedules(benchmark::State& state, void (*body)()) {
  runtime::Scheduler scheduler(schedule::ScheduleSettings{}, 256 * 1024);
  schedule::RandomWalk walk;
  std::uint64_t index = 0;
  for (auto _ : state) {
    scheduler.Run({[](void* of) { (*static_cast<void (**)()>(of))(); }, &body}, walk,
                  schedule::MixSeed(1, index++));
  }
  state.counters["operations"] = static_cast<double>(scheduler.step());
}

void Operations(benchmark::State& state, void (*operations)(std::atomic<int>&, int)) {
  std::atomic<int> value = 0;
  for (auto _ : state) operations(value, kTimes);
}

BENCHMARK_CAPTURE(Schedules, PlainMemoryByCalls, &calls::AddToPlainOnTasks)->UseRealTime();
#if defined(__clang__)
BENCHMARK_CAPTURE(Schedules, PlainMemoryByCoverage, &coverage::AddToPlainOnTasks)->UseRealTime();
#endif
BENCHMARK_CAPTURE(Operations, AddUnseen, &unseen::AddTo);
BENCHMARK_CAPTURE(Operations, AddByCalls, &calls::AddTo);
BENCHMARK_CAPTURE(Operations, StoreUnseen, &unseen::Store);
BENCHMARK_CAPTURE(Operations, StoreByCalls, &calls::Store);

const int kSchedulesRatio = AddRatio({"schedules with plain memory: by calls / by coverage",
                                      "Schedules/PlainMemoryByCalls/real_time",
                                      "Schedules/PlainMemoryByCoverage/real_time", "about 1"});
const int kAddRatio = AddRatio({"fetch_add outside of schedules: seen / unseen",
                                "Operations/AddByCalls", "Operations/AddUnseen", "at most 2"});
const int kStoreRatio =
    AddRatio({"store with release outside of schedules: seen / unseen", "Operations/StoreByCalls",
              "Operations/StoreUnseen", "it is a call in the place of one instruction"});

}  // namespace
}  // namespace selvage::bench
