// What the lock graph costs where it has to work: an edge that was not known, and the analysis of a
// graph as large as a large program's.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/cycle_watch.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/primitives/lock.h"
#include "selvage/tests/bench/ratio_reporter.h"
#include "selvage/tests/bench/recording_scope.h"

namespace selvage::bench {
namespace {

// A lock is asked for under another one, for the first time: both stacks are kept.
void BM_NewEdge(benchmark::State& state) {
  constexpr std::size_t kLocks = 1024;
  const RecordingScope recorded;
  std::vector<std::unique_ptr<Lock>> locks;
  for (std::size_t i = 0; i < kLocks; ++i) locks.push_back(std::make_unique<Lock>());
  const std::size_t bytes = lockgraph::Recorder::Process().recorded();
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t edges = 0;
  for (auto _ : state) {
    if (++to == kLocks) {
      ++from;
      to = from + 1;
      if (to == kLocks) {
        state.SkipWithError("no pair is left");
        break;
      }
    }
    locks[from]->lock();
    locks[to]->lock();
    locks[to]->unlock();
    locks[from]->unlock();
    ++edges;
  }
  state.counters["bytes_per_edge"] =
      static_cast<double>(lockgraph::Recorder::Process().recorded() - bytes) /
      static_cast<double>(edges);
}
BENCHMARK(BM_NewEdge)->Iterations(50'000);

// Locks that live for one nesting under another one.
void BM_ShortLivedLocks(benchmark::State& state) {
  const RecordingScope recorded;
  Lock outer("outer");
  std::size_t bytes = 0;
  std::size_t locks = 0;
  for (auto _ : state) {
    Lock inner("inner");
    outer.lock();
    inner.lock();
    inner.unlock();
    outer.unlock();
    if (++locks == 10'000) bytes = lockgraph::Recorder::Process().bytes();
  }
  state.counters["bytes_after_10000"] =
      static_cast<double>(lockgraph::Recorder::Process().bytes() - bytes);
}
BENCHMARK(BM_ShortLivedLocks)->Iterations(1'000'000);

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

// Locks of as many names: each is a class of its own.
void BM_NamedLocks(benchmark::State& state) {
  std::vector<std::string> names;
  for (int i = 0; i < state.range(0); ++i) names.push_back("account " + std::to_string(i));
  for (auto _ : state) {
    lockgraph::Recorder recorder(lockgraph::Recorder::Runs::kOnce);
    recorder.BeginRun();
    lockgraph::BeginThread(recorder.Root("main"));
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& name : names) Lock{name};
    state.SetIterationTime(Seconds(start) / static_cast<double>(names.size()));
    lockgraph::EndThread();
  }
}
BENCHMARK(BM_NamedLocks)->Arg(2'500)->Arg(20'000)->UseManualTime()->Iterations(10);

// As after each test of a binary: twenty new locks that are nested in one order, and whether that
// may be a finding.
void BM_NewsOfATest(benchmark::State& state) {
  constexpr std::size_t kLocks = 20;
  for (auto _ : state) {
    lockgraph::Recorder recorder(lockgraph::Recorder::Runs::kOnce);
    lockgraph::CycleWatch watch(recorder);
    recorder.BeginRun();
    const auto start = std::chrono::steady_clock::now();
    for (int test = 0; test < state.range(0); ++test) {
      lockgraph::BeginThread(recorder.Root("test"));
      std::vector<std::unique_ptr<Lock>> locks;
      for (std::size_t i = 0; i < kLocks; ++i) locks.push_back(std::make_unique<Lock>());
      for (std::size_t i = 1; i < kLocks; ++i) {
        locks[i - 1]->lock();
        locks[i]->lock();
        locks[i]->unlock();
        locks[i - 1]->unlock();
      }
      lockgraph::EndThread();
      if (watch.HasNews()) state.SkipWithError("there is no cycle");
    }
    state.SetIterationTime(Seconds(start) / static_cast<double>(state.range(0)));
  }
}
BENCHMARK(BM_NewsOfATest)->Arg(100)->Arg(2'000)->UseManualTime()->Iterations(5);

const int kNamesRatio =
    AddRatio({"a lock of 20,000 names / of 2,500", "BM_NamedLocks/20000/iterations:10/manual_time",
              "BM_NamedLocks/2500/iterations:10/manual_time", "at most 2"});
const int kNewsRatio = AddRatio({"what is new after one of 2,000 tests / of 100",
                                 "BM_NewsOfATest/2000/iterations:5/manual_time",
                                 "BM_NewsOfATest/100/iterations:5/manual_time", "at most 2"});

// `locks` locks of a hundred classes and `edges` dependencies of 64 threads, nearly all downwards;
// a hundred go back up.
lockgraph::RecordedGraph LargeGraph(std::uint32_t locks, std::uint32_t edges) {
  constexpr std::uint32_t kClasses = 100;
  constexpr std::uint32_t kThreads = 64;
  lockgraph::RecordedGraph graph;
  graph.runs.push_back({.name = "large"});
  for (std::uint32_t i = 0; i < kClasses; ++i) {
    graph.classes.push_back({.type = "Lock", .name = "class " + std::to_string(i)});
  }
  graph.threads.push_back({.path = "0"});
  for (std::uint32_t i = 0; i < kThreads; ++i) {
    graph.threads.push_back({.path = "0." + std::to_string(i), .parent = 0});
  }
  for (std::uint32_t i = 0; i < locks; ++i) {
    graph.locks.push_back({.lock_class = i % kClasses, .creator = "0", .ordinal = i / kClasses});
  }
  graph.frames.push_back({.function = "Work", .file = "work.cc", .line = 1});
  graph.stacks.push_back({0});
  for (std::uint32_t i = 0; i < edges; ++i) {
    std::uint32_t held = i % (locks - 16);
    std::uint32_t asked = held + 1 + (i / (locks - 16)) % 15;
    if (i % (edges / 100) == 0) std::swap(held, asked);
    lockgraph::Dependency dependency;
    dependency.thread = 1 + i % kThreads;
    dependency.held.push_back({.lock = held, .site = 0, .stack = 0});
    dependency.target = asked;
    dependency.site = dependency.stack = 0;
    dependency.count = 1;
    dependency.moments.push_back({});
    graph.dependencies.push_back(std::move(dependency));
  }
  lockgraph::Canonicalise(graph);
  return graph;
}

double PeakMiB() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void BM_Analysis_LargeGraph(benchmark::State& state) {
  const lockgraph::RecordedGraph graph = LargeGraph(100'000, 1'000'000);
  if (const std::string invalid = lockgraph::Invalid(graph); !invalid.empty()) {
    state.SkipWithError(invalid.c_str());
  }
  std::size_t cycles = 0;
  for (auto _ : state) cycles = lockgraph::Analyse(graph).cycles.size();
  state.counters["cycles"] = static_cast<double>(cycles);
  state.counters["edges"] = static_cast<double>(graph.dependencies.size());
  state.counters["peak_MiB"] = PeakMiB();
}
BENCHMARK(BM_Analysis_LargeGraph)->Iterations(1)->Repetitions(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace selvage::bench
