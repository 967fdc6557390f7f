// Pools of workers whose tasks wait for tasks of the same pool. Number 52 of scenarios.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "selvage/primitives/future.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

enum class SecondRound { kOrderedByChance, kAfterTheFirst };

// In each of two rounds one task of the pool submits another and waits for it, in the second round
// one of another worker than in the first. What the recorder does not see keeps them apart.
void NestTwice(const char* name, int workers, SecondRound second_round) {
  ThreadPoolExecutor pool(workers, name);
  std::atomic<std::thread::id> last = std::thread::id();
  for (int round = 0; round < 2; ++round) {
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    std::atomic<bool> taken = false;
    // Two workers have one at the same time.
    const auto task = [&] {
      ++started;
      while (started < 2) std::this_thread::yield();
      if (std::this_thread::get_id() != last && !taken.exchange(true)) {
        pool.submit([] {}).get();
        last = std::this_thread::get_id();
      }
      ++ended;
    };
    const Future<void> first = pool.submit(task);
    const Future<void> second = pool.submit(task);
    while (ended < 2) std::this_thread::yield();
    if (second_round == SecondRound::kOrderedByChance) continue;
    first.wait();
    second.wait();
  }
}

Analysis Nested(const char* name, int workers, SecondRound second_round) {
  return Record(Stage::kNative, [=] { NestTwice(name, workers, second_round); });
}

TEST(NestedTasksOfAPool, ThatCouldHaveAllWorkers_AreCommunication) {
  for (const char* name : {"", "pool"}) {
    const Analysis analysis = Nested(name, 2, SecondRound::kOrderedByChance);
    EXPECT_THAT(Strongest(analysis), AllOf(StartsWith("COMMUNICATION"), HasSubstr("2 permits of")));
    EXPECT_EQ(analysis.cycles.size(), 1U);
  }
}

TEST(NestedTasksOfAPool, ThatLeaveAWorker_AreNoCycle) {
  EXPECT_EQ(Strongest(Nested("pool", 3, SecondRound::kOrderedByChance)), "none");
}

TEST(NestedTasksOfAPool, OneSubmittedWhenTheOtherIsDone_AreOrderedObserved) {
  EXPECT_THAT(Strongest(Nested("pool", 2, SecondRound::kAfterTheFirst)),
              StartsWith("ORDERED_OBSERVED"));
}

// In other schedules the same task is run by other workers.
TEST(NestedTasksOfAPool, OfWhichThereIsOneLessThanWorkers_AreNoCycleInManySchedules) {
  const Analysis analysis = RecordMany([] {
    ThreadPoolExecutor pool(3, "pool");
    const auto outer = [&pool] { pool.submit([] {}).get(); };
    const Future<void> first = pool.submit(outer);
    const Future<void> second = pool.submit(outer);
    first.wait();
    second.wait();
  });
  EXPECT_EQ(Strongest(analysis), "none");
}

}  // namespace
}  // namespace selvage::tests
