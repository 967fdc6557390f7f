// An uncontended lock outside schedules, beside std::mutex and absl::Mutex.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/primitives/lock.h"
#include "selvage/tests/bench/library_mutex.h"
#include "selvage/tests/bench/ratio_reporter.h"
#include "selvage/tests/bench/recording_scope.h"

namespace selvage::bench {
namespace {

// What std::mutex is in a program that links nothing of this project.
void BM_Lock_StdMutex(benchmark::State& state) {
  LibraryMutex lock;
  for (auto _ : state) {
    lock.lock();
    benchmark::ClobberMemory();
    lock.unlock();
  }
}
BENCHMARK(BM_Lock_StdMutex);

// In one that links it, outside of schedules.
void BM_Lock_StdMutexBehindFront(benchmark::State& state) {
  std::mutex lock;
  for (auto _ : state) {
    lock.lock();
    benchmark::ClobberMemory();
    lock.unlock();
  }
}
BENCHMARK(BM_Lock_StdMutexBehindFront);

void BM_Lock_NotRecorded(benchmark::State& state) {
  Lock lock;
  for (auto _ : state) {
    lock.lock();
    benchmark::ClobberMemory();
    lock.unlock();
  }
}
BENCHMARK(BM_Lock_NotRecorded);

// `state.range(0)` locks are taken one inside the other, over and over; the innermost one is what
// is measured.
template <typename SomeLock>
void RunInnermost(benchmark::State& state) {
  std::vector<std::unique_ptr<SomeLock>> locks;
  for (int i = 0; i < state.range(0); ++i) locks.push_back(std::make_unique<SomeLock>());
  std::vector<std::unique_lock<SomeLock>> held;
  for (std::size_t i = 0; i + 1 < locks.size(); ++i) held.emplace_back(*locks[i]);
  SomeLock& innermost = *locks.back();
  for (auto _ : state) {
    innermost.lock();
    benchmark::ClobberMemory();
    innermost.unlock();
  }
}

void BM_Innermost_StdMutex(benchmark::State& state) { RunInnermost<LibraryMutex>(state); }
BENCHMARK(BM_Innermost_StdMutex)->Arg(1)->Arg(8)->ThreadRange(1, 2)->UseRealTime();

void BM_Innermost_Recorded(benchmark::State& state) {
  const RecordingScope recorded;
  RunInnermost<Lock>(state);
}
BENCHMARK(BM_Innermost_Recorded)->Arg(1)->Arg(8)->ThreadRange(1, 2)->UseRealTime();

void RunAbslMutex(benchmark::State& state, absl::OnDeadlockCycle mode) {
  absl::SetMutexDeadlockDetectionMode(mode);
  absl::Mutex lock;
  for (auto _ : state) {
    lock.Lock();
    benchmark::ClobberMemory();
    lock.Unlock();
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}
void BM_Lock_AbslMutex(benchmark::State& state) {
  RunAbslMutex(state, absl::OnDeadlockCycle::kIgnore);
}
BENCHMARK(BM_Lock_AbslMutex);
void BM_Lock_AbslMutexDetecting(benchmark::State& state) {
  RunAbslMutex(state, absl::OnDeadlockCycle::kReport);
}
BENCHMARK(BM_Lock_AbslMutexDetecting);

const int kRatios[] = {
    AddRatio({"std::mutex with the library linked, nothing on / without",
              "BM_Lock_StdMutexBehindFront", "BM_Lock_StdMutex", "at most 2 ns more"}),
    AddRatio({"lock, not recorded / std::mutex", "BM_Lock_NotRecorded", "BM_Lock_StdMutex",
              "within 1.10"}),
    AddRatio({"lock, recorded, nothing held / std::mutex",
              "BM_Innermost_Recorded/1/real_time/threads:1",
              "BM_Innermost_StdMutex/1/real_time/threads:1", "at most 1.5"}),
    AddRatio({"lock, recorded, 7 held / std::mutex", "BM_Innermost_Recorded/8/real_time/threads:1",
              "BM_Innermost_StdMutex/8/real_time/threads:1", "at most 1.5"}),
    AddRatio({"lock, recorded, nothing held, 2 threads / std::mutex",
              "BM_Innermost_Recorded/1/real_time/threads:2",
              "BM_Innermost_StdMutex/1/real_time/threads:2", "at most 1.5"}),
    AddRatio({"lock, recorded, 7 held, 2 threads / std::mutex",
              "BM_Innermost_Recorded/8/real_time/threads:2",
              "BM_Innermost_StdMutex/8/real_time/threads:2", "at most 1.5"}),
    AddRatio({"absl::Mutex, detecting deadlocks / std::mutex", "BM_Lock_AbslMutexDetecting",
              "BM_Lock_StdMutex", "for comparison"}),
};

}  // namespace
}  // namespace selvage::bench
