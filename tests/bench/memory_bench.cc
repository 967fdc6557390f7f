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

bool IsClean(std::uint64_t schedules) {
  Options options;
  options.schedules = schedules;
  const Result result = Explore(&LockAddUnlockOnTasks, options);
  return result.ok() && result.schedules == schedules;
}

// Both explorations are whole ones: what the end of an exploration touches for the first time is
// no growth.
void BM_Memory_MillionSchedules(benchmark::State& state) {
  for (auto _ : state) {
    if (!IsClean(kWarmUp)) state.SkipWithError("not clean");
    const double early = ResidentKiB();
    if (!IsClean(kSchedules)) state.SkipWithError("not clean");
    state.counters["KiB_after_10k"] = early;
    state.counters["KiB_grown_since"] = ResidentKiB() - early;
  }
}
BENCHMARK(BM_Memory_MillionSchedules)->Iterations(1)->Repetitions(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace selvage::bench
