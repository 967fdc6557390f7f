// Resident memory over a million schedules of a fixed body.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <fstream>

#include "selvage/harness/explore.h"
#include "selvage/tests/bench/bodies.h"

namespace selvage::bench {
namespace {

constexpr std::uint64_t kWarmUp = 10'000;
constexpr std::uint64_t kSchedules = 1'000'000;

double ResidentKiB() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

void BM_Memory_MillionSchedules(benchmark::State& state) {
  for (auto _ : state) {
    double early = 0;
    Options options;
    options.schedules = kSchedules;
    options.on_schedule = [&](std::uint64_t schedules) {
      if (schedules == kWarmUp) early = ResidentKiB();
      return true;
    };
    const Result result = Explore(&LockAddUnlockOnTasks, options);
    if (!result.ok() || result.schedules != kSchedules) state.SkipWithError("not clean");
    state.counters["KiB_after_10k"] = early;
    state.counters["KiB_grown_since"] = ResidentKiB() - early;
  }
}
BENCHMARK(BM_Memory_MillionSchedules)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace selvage::bench
