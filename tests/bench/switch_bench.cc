// The cost of one scheduling point: when the task goes on, and when another one does.

#include <benchmark/benchmark.h>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/tests/bench/bodies.h"
#include "selvage/tests/bench/ratio_reporter.h"

namespace selvage::bench {
namespace {

// Stays where it is, or goes round.
class Fixed : public schedule::Strategy {
 public:
  enum class Rule { kStay, kRotate };
  explicit Fixed(Rule rule) : rule_(rule) {}

  std::string_view name() const override { return "fixed"; }
  void BeginSchedule(std::uint64_t) override {}
  runtime::TaskId NextTask(const schedule::TaskChoice& choice) override {
    if (rule_ == Rule::kStay && choice.CurrentCanContinue()) return choice.current->id();
    return choice.candidates.Nth(static_cast<std::uint32_t>(++turn_ % choice.candidates.size()));
  }
  std::uint32_t NextValue(schedule::ValueKind, std::uint32_t) override { return 0; }

 private:
  const Rule rule_;
  std::uint64_t turn_ = 0;
};

constexpr int kTasks = 2;
constexpr int kYields = 5'000;

void RunPoints(benchmark::State& state, Fixed::Rule rule) {
  schedule::ScheduleSettings settings;
  settings.max_steps = 1'000'000;
  runtime::Scheduler scheduler(settings, 256 * 1024);
  Fixed strategy(rule);
  std::int64_t points = 0;
  for (auto _ : state) {
    scheduler.Run({[](void*) { YieldOnTasks(kTasks, kYields); }, nullptr}, strategy, 0);
    points += static_cast<std::int64_t>(scheduler.step());
  }
  // Shown as time for one point.
  state.counters["point"] = benchmark::Counter(
      static_cast<double>(points), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void BM_Points_WithoutSwitch(benchmark::State& state) { RunPoints(state, Fixed::Rule::kStay); }
BENCHMARK(BM_Points_WithoutSwitch)->UseRealTime();

void BM_Points_WithSwitch(benchmark::State& state) { RunPoints(state, Fixed::Rule::kRotate); }
BENCHMARK(BM_Points_WithSwitch)->UseRealTime();

const int kRatio =
    AddRatio({"one scheduling point: with a switch / without one", "BM_Points_WithSwitch/real_time",
              "BM_Points_WithoutSwitch/real_time", "aim: 60 ns / 30 ns plain"});

}  // namespace
}  // namespace selvage::bench
