// What an operation costs beside many tasks that wait, for a permit or for a time.

#include <benchmark/benchmark.h>
#include <time.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/random_walk.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/bench/ratio_reporter.h"

namespace selvage::bench {
namespace {

// Of the thread that runs all tasks: other work on the machine does not count.
double ProcessorSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

constexpr int kOperations = 2'000;  // lock, unlock

enum class WaitsFor { kPermit, kTime };

struct Crowd {
  int tasks;
  WaitsFor waits_for;
  double seconds = 0;  // that the work took
};

// Two tasks take a lock in turn while all others wait.
void WorkBesideTheCrowd(Crowd& crowd) {
  Semaphore over(0);
  Lock lock;
  std::vector<Thread> waiting;
  for (int i = 2; i < crowd.tasks; ++i) {
    waiting.emplace_back([&] {
      if (crowd.waits_for == WaitsFor::kPermit) {
        over.acquire();
      } else {
        SleepFor(std::chrono::hours(1));
      }
    });
  }
  const auto work = [&lock] {
    for (int i = 0; i < kOperations / 2; ++i) const Guard guard(lock);
  };
  // All of them have begun to wait.
  for (int i = 0; i < 16 * crowd.tasks; ++i) Yield();
  const double start = ProcessorSeconds();
  {
    const Thread other(work);
    work();
  }
  crowd.seconds = ProcessorSeconds() - start;
  over.release(crowd.tasks);
}

void BM_OperationBeside(benchmark::State& state, WaitsFor waits_for) {
  schedule::ScheduleSettings settings;
  settings.early_timeouts = false;
  runtime::Scheduler scheduler(settings, 64 * 1024);
  schedule::RandomWalk walk;
  Crowd crowd{.tasks = static_cast<int>(state.range(0)), .waits_for = waits_for};
  std::uint64_t index = 0;
  for (auto _ : state) {
    scheduler.Run(
        {[](void* argument) { WorkBesideTheCrowd(*static_cast<Crowd*>(argument)); }, &crowd}, walk,
        schedule::MixSeed(1, index++));
    state.SetIterationTime(crowd.seconds / (2 * kOperations));
  }
}
BENCHMARK_CAPTURE(BM_OperationBeside, Waiting, WaitsFor::kPermit)
    ->Arg(8)
    ->Arg(64)
    ->Arg(512)
    ->UseManualTime()
    ->Iterations(100);
BENCHMARK_CAPTURE(BM_OperationBeside, Sleeping, WaitsFor::kTime)
    ->Arg(8)
    ->Arg(64)
    ->Arg(512)
    ->UseManualTime()
    ->Iterations(100);

std::string NameOf(const char* crowd, int tasks) {
  return std::string("BM_OperationBeside/") + crowd + "/" + std::to_string(tasks) +
         "/iterations:100/manual_time";
}

int AddRatiosOf(const char* crowd, const char* what) {
  for (const int tasks : {64, 512}) {
    AddRatio({std::string("an operation among ") + std::to_string(tasks) + " / 8 tasks, " + what,
              NameOf(crowd, tasks), NameOf(crowd, 8), "at most 1.5"});
  }
  return 0;
}

const int kWaitingRatios = AddRatiosOf("Waiting", "others waiting");
const int kSleepingRatios = AddRatiosOf("Sleeping", "others sleeping");

}  // namespace
}  // namespace selvage::bench
