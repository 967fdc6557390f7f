#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "selvage/harness/tsan/annotations.h"
#include "selvage/tests/bench/ratio_reporter.h"

namespace selvage::bench {
namespace {

std::vector<Ratio>& Ratios() {
  static std::vector<Ratio> ratios;
  return ratios;
}

// Keeps the median of repeated runs, or the single run.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.error_occurred) continue;
      const bool aggregate = run.run_type == Run::RT_Aggregate;
      if (aggregate && run.aggregate_name != "median") continue;
      if (!aggregate && run.repetitions > 1) continue;
      times_[run.run_name.str()] =
          run.GetAdjustedRealTime() / benchmark::GetTimeUnitMultiplier(run.time_unit) * 1e9;
    }
  }

  void PrintRatios() const {
    std::printf("\n%-58s %10s  %s\n", "ratio of times", "measured", "target");
    for (const Ratio& ratio : Ratios()) {
      const auto above = times_.find(ratio.numerator);
      const auto below = times_.find(ratio.denominator);
      if (above == times_.end() || below == times_.end()) continue;
      std::printf("%-58s %10.2f  %s\n", ratio.what.c_str(), above->second / below->second,
                  ratio.target.c_str());
    }
  }

 private:
  std::map<std::string, double> times_;  // nanoseconds
};

}  // namespace

// TSan's own deadlock detector, which cannot be switched while the program runs: std::mutex again,
// in a program that has it on. In a TSan build BM_Lock_StdMutex is TSan's mutex with the detector
// off.
static void RunWithTsansDetector() {
  constexpr const char* kIsChild = "SELVAGE_BENCH_WITH_DETECTOR";
  if (!tsan::Present() || std::getenv(kIsChild) != nullptr) return;
  std::printf("\nstd::mutex with TSan's deadlock detector on\n");
  std::fflush(stdout);
  setenv(kIsChild, "1", 1);
  setenv("TSAN_OPTIONS", "detect_deadlocks=1", 1);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const int status = std::system(
      ("'" + program + "' --benchmark_filter='^BM_(Lock|Innermost)_StdMutex' 2>/dev/null").c_str());
  if (status != 0) std::printf("could not be measured\n");
}

int AddRatio(Ratio ratio) {
  Ratios().push_back(std::move(ratio));
  return 0;
}

}  // namespace selvage::bench

int main(int argc, char** argv) {
  // Other work on the machine comes and goes: what is compared takes turns, and the medians count.
  // What the user says comes last and holds.
  std::vector<std::string> words = {
      argv[0], "--benchmark_repetitions=9", "--benchmark_enable_random_interleaving=true",
      "--benchmark_min_time=0.1", "--benchmark_display_aggregates_only=true"};
  words.insert(words.end(), argv + 1, argv + argc);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  argv = arguments.data();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  // In a process that has one thread only, glibc's mutexes leave out the atomic instructions.
  std::promise<void> over;
  std::thread second([&over] { over.get_future().wait(); });
  selvage::bench::Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  over.set_value();
  second.join();
  reporter.PrintRatios();
  selvage::bench::RunWithTsansDetector();
  return 0;
}
