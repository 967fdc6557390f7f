// No strategy allocates or frees while it chooses: it runs on a task's thread, where TSan would see
// it.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <utility>

#include "fake_schedule.h"
#include "gtest/gtest.h"
#include "selvage/harness/schedule/factory.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/replay.h"

namespace {
// Volatile: compilers take allocation functions for ones that look at no variables.
volatile bool watched = false;
volatile int calls = 0;
}  // namespace

// Not inlined: GCC would take one half of a pair for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
  calls = calls + watched;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  calls = calls + watched;
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  calls = calls + watched;
  std::free(memory);
}

namespace selvage::schedule {
namespace {

// Forwards to another strategy and watches its choices.
class Watched : public Strategy {
 public:
  explicit Watched(std::unique_ptr<Strategy> strategy) : strategy_(std::move(strategy)) {}

  std::string_view name() const override { return strategy_->name(); }
  void BeginSchedule(std::uint64_t seed) override { strategy_->BeginSchedule(seed); }
  runtime::TaskId NextTask(const TaskChoice& choice) override {
    watched = true;
    const runtime::TaskId task = strategy_->NextTask(choice);
    watched = false;
    return task;
  }
  std::uint32_t NextValue(ValueKind kind, std::uint32_t bound) override {
    watched = true;
    const std::uint32_t value = strategy_->NextValue(kind, bound);
    watched = false;
    return value;
  }
  void TaskSpawned(const runtime::Task* parent, const runtime::Task& child) override {
    strategy_->TaskSpawned(parent, child);
  }
  void EndSchedule(const ScheduleSummary& summary) override { strategy_->EndSchedule(summary); }

 private:
  std::unique_ptr<Strategy> strategy_;
};

Program LongWithASignal() {
  Script script(50, Step());
  script.push_back({runtime::OpKind::kNotifyOne, 3});
  script.push_back({runtime::OpKind::kWait, 3});
  return Program{{script, script, script}};
}

TEST(Allocation, Watch_SeesAnAllocation) {
  calls = 0;
  watched = true;
  auto* volatile memory = new int(3);
  delete memory;
  watched = false;
  EXPECT_EQ(calls, 2);
}

TEST(Allocation, NoStrategy_AllocatesWhileChoosing) {
  for (const std::string_view name : StrategyNames()) {
    Watched strategy(*MakeStrategy(name));
    calls = 0;
    for (std::uint64_t i = 0; i < 50; ++i) RunProgram(LongWithASignal(), strategy, MixSeed(1, i));
    EXPECT_EQ(calls, 0) << name;
  }
}

TEST(Allocation, DivergingReplay_AllocatesNothingWhileChoosing) {
  Watched strategy(std::make_unique<Replay>(
      std::vector<Decision>{{3, DecisionKind::kTask, 1, runtime::OpKind::kLock, false}}));
  calls = 0;
  RunProgram(LongWithASignal(), strategy, 0);
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace selvage::schedule
