// Queue, LifoQueue and PriorityQueue, natively and in schedules.

#include "selvage/primitives/queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

template <typename AnyQueue>
std::vector<int> Drain(AnyQueue& queue) {
  std::vector<int> values;
  while (auto value = queue.try_get()) values.push_back(*value);
  return values;
}

// --- Natively ---

TEST(QueueNative, FirstInFirstOut) {
  Queue<int> queue;
  for (const int i : {3, 1, 2}) queue.put(i);
  EXPECT_EQ(queue.qsize(), 3U);
  EXPECT_EQ(Drain(queue), (std::vector<int>{3, 1, 2}));
  EXPECT_TRUE(queue.empty());
}

TEST(QueueNative, LifoQueue_LastInFirstOut) {
  LifoQueue<int> queue;
  for (const int i : {3, 1, 2}) queue.put(i);
  EXPECT_EQ(Drain(queue), (std::vector<int>{2, 1, 3}));
}

TEST(QueueNative, PriorityQueue_SmallestFirst) {
  PriorityQueue<int> queue;
  std::vector<int> sorted;
  for (int i = 0; i < 101; ++i) {
    queue.put(i * 37 % 101);
    sorted.push_back(i);
  }
  EXPECT_EQ(Drain(queue), sorted);
}

TEST(QueueNative, PriorityQueue_EqualValuesInOrderOfPutting) {
  const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
  PriorityQueue<std::pair<int, int>, decltype(by_key)> queue(0, by_key);
  for (int i = 0; i < 20; ++i) queue.put({i % 2, i});
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(queue.get(), (std::pair<int, int>{i / 10, 2 * (i % 10) + i / 10}));
  }
}

TEST(QueueNative, PriorityQueue_DestroyedWithValues_DestroysThem) {
  auto value = std::make_shared<int>(1);
  {
    PriorityQueue<std::shared_ptr<int>> queue;
    for (int i = 0; i < 10; ++i) queue.put(value);
    queue.get();
    EXPECT_EQ(value.use_count(), 10);
  }
  EXPECT_EQ(value.use_count(), 1);
}

TEST(QueueNative, Put_FullQueue_WaitsForRoom) {
  Queue<int> queue(1);
  queue.put(1);
  EXPECT_TRUE(queue.full());
  EXPECT_FALSE(queue.try_put(2));
  EXPECT_FALSE(queue.put_for(2, milliseconds(1)));
  WatchedThread producer([&] { queue.put(2); });
  EXPECT_TRUE(producer.Blocks());
  EXPECT_EQ(queue.get(), 1);
  EXPECT_EQ(queue.get(), 2);
}

TEST(QueueNative, TryPut_FullQueue_LeavesTheValue) {
  Queue<std::unique_ptr<int>> queue(1);
  queue.put(std::make_unique<int>(1));
  auto value = std::make_unique<int>(2);
  EXPECT_FALSE(queue.try_put(std::move(value)));
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(*value, 2);
}

TEST(QueueNative, Get_EmptyQueue_WaitsForAValue) {
  Queue<std::string> queue;
  EXPECT_EQ(queue.try_get(), std::nullopt);
  EXPECT_EQ(queue.get_for(milliseconds(1)), std::nullopt);
  EXPECT_EQ(queue.get_until(std::chrono::steady_clock::now()), std::nullopt);
  WatchedThread consumer([&] { EXPECT_EQ(queue.get(), "value"); });
  EXPECT_TRUE(consumer.Blocks());
  queue.put("value");
}

TEST(QueueNative, ManyProducersAndConsumers_EachValueArrivesOnce) {
  constexpr int kEach = 5'000;
  Queue<int> queue(8);
  std::vector<std::thread> producers;
  std::vector<std::thread> consumers;
  std::atomic<long> sum{0};
  for (int i = 0; i < 2; ++i) {
    producers.emplace_back([&] {
      for (int value = 1; value <= kEach; ++value) queue.put(value);
    });
    consumers.emplace_back([&] {
      try {
        for (;;) {
          sum += queue.get();
          queue.task_done();
        }
      } catch (const QueueShutDown&) {
      }
    });
  }
  for (std::thread& thread : producers) thread.join();
  queue.join();
  EXPECT_EQ(sum, 2L * kEach * (kEach + 1) / 2);
  queue.shutdown();
  for (std::thread& thread : consumers) thread.join();
}

TEST(QueueNative, TaskDone_TooOften_Throws) {
  Queue<int> queue;
  queue.put(1);
  queue.task_done();
  EXPECT_THROW(queue.task_done(), std::logic_error);
}

TEST(QueueNative, Shutdown_WhatIsInCanStillBeTaken) {
  Queue<int> queue;
  queue.put(1);
  queue.shutdown();
  EXPECT_THROW(queue.put(2), QueueShutDown);
  EXPECT_THROW(queue.try_put(2), QueueShutDown);
  EXPECT_EQ(queue.get(), 1);
  EXPECT_THROW(queue.get(), QueueShutDown);
  EXPECT_THROW(queue.try_get(), QueueShutDown);
  EXPECT_FALSE(queue.join_for(milliseconds(1)));
}

TEST(QueueNative, ShutdownImmediate_EmptiesTheQueueAndReleasesJoin) {
  Queue<int> queue;
  queue.put(1);
  queue.put(2);
  WatchedThread joiner([&] { queue.join(); });
  EXPECT_TRUE(joiner.Blocks());
  queue.shutdown(/*immediate=*/true);
  joiner.Join();
  EXPECT_THROW(queue.get(), QueueShutDown);
}

TEST(QueueNative, Shutdown_WakesThoseWhoWait) {
  Queue<int> empty;
  Queue<int> full(1);
  full.put(1);
  WatchedThread consumer([&] { EXPECT_THROW(empty.get(), QueueShutDown); });
  WatchedThread producer([&] { EXPECT_THROW(full.put(2), QueueShutDown); });
  EXPECT_TRUE(consumer.Blocks());
  EXPECT_TRUE(producer.Blocks());
  empty.shutdown();
  full.shutdown();
}

// --- In schedules ---

TEST(QueueSchedule, BoundedQueue_EachValueArrivesInOrder) {
  const Result result = Explore(
      [] {
        Queue<int> queue(1, "jobs");
        Thread producer([&] {
          queue.put(1);
          queue.put(2);
        });
        SELVAGE_EXPECT(queue.get() == 1);
        SELVAGE_EXPECT(queue.get() == 2);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(QueueSchedule, TwoConsumersOneSentinel_IsADeadlock) {
  const auto body = [](int sentinels) {
    Queue<std::optional<int>> queue(0, "jobs");
    const auto consume = [&] {
      while (queue.get()) {
      }
    };
    Thread first(consume);
    Thread second(consume);
    for (int i = 0; i < sentinels; ++i) queue.put(std::nullopt);
  };
  const Result buggy = Explore([&] { body(1); }, Exhaustively());
  EXPECT_NE(FindingOf(buggy, FindingKind::kDeadlock).summary.find("waits in get of Queue 'jobs'"),
            std::string::npos)
      << buggy.Text();
  const Result fixed = Explore([&] { body(2); }, Exhaustively());
  EXPECT_TRUE(Proven(fixed)) << fixed.Text();
}

TEST(QueueSchedule, Join_WaitsForTaskDone) {
  const auto body = [](bool done) {
    Queue<int> queue(0, "jobs");
    Thread worker([&] {
      queue.get();
      if (done) queue.task_done();
    });
    queue.put(1);
    queue.join();
  };
  const Result fixed = Explore([&] { body(true); }, Exhaustively());
  EXPECT_TRUE(Proven(fixed)) << fixed.Text();
  EXPECT_TRUE(Explore([&] { body(false); }, Exhaustively()).Has(FindingKind::kDeadlock));
}

TEST(QueueSchedule, Shutdown_ReleasesEveryWaiter) {
  const Result result = Explore(
      [] {
        Queue<int> queue(0, "jobs");
        const auto consume = [&] {
          try {
            queue.get();
          } catch (const QueueShutDown&) {
          }
        };
        Thread first(consume);
        Thread second(consume);
        queue.put(1);
        queue.shutdown();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(QueueSchedule, GetFor_EmptyQueue_ExpiresInVirtualTime) {
  const Result result = Explore(
      [] {
        Queue<int> queue(1);
        SELVAGE_EXPECT(!queue.get_for(hours(1)).has_value());
        queue.put(1);
        SELVAGE_EXPECT(!queue.put_for(2, hours(1)));
        SELVAGE_EXPECT(!queue.join_for(hours(1)));
        SELVAGE_EXPECT(Clock::now().time_since_epoch() == hours(3));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(QueueSchedule, TaskDone_TooOften_IsMisuse) {
  const Result result = Explore([] { Queue<int>(0, "jobs").task_done(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Queue 'jobs': task_done()"))
      << result.Text();
}

TEST(QueueSchedule, OutlivingTheSchedule_EachScheduleStartsEmpty) {
  Queue<std::string> queue;
  Options options;
  options.schedules = 5;
  const Result result = Explore(
      [&] {
        SELVAGE_EXPECT(queue.empty());
        queue.put("left behind, and longer than a short string");
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_TRUE(queue.empty());
}

// --- Order ---

TEST(QueueOrder, WhatWasDoneBeforePut_IsSeenByWhoeverTakesTheValue) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    Queue<int*> queue(1);
    int values[2] = {0, 0};
    const auto produce = [&](int* value) {
      *value = 1;
      queue.put(value);
    };
    Thread first([&] { produce(&values[0]); });
    Thread second([&] { produce(&values[1]); });
    ++*queue.get();
    ++*queue.get();
  }));
}

TEST(QueueOrder, PutsDoNotOrderEachOther) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_TRUE(Races([] {
    Queue<int> queue;
    int value = 0;
    const auto produce = [&] {
      ++value;
      queue.put(1);
    };
    Thread other(produce);
    produce();
  }));
}

TEST(QueueOrder, GetIsNotAfterAPutWhoseValueItDidNotTake) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_TRUE(Races([] {
    Queue<int> queue;
    int value = 0;
    Thread other([&] {
      queue.put(1);
      value = 1;
      queue.put(2);
    });
    if (queue.get() == 1) value = 2;
  }));
}

TEST(QueueOrder, PriorityQueue_ComparingValuesOfOthersIsNoRace) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    PriorityQueue<std::string> queue;
    Thread first([&] { queue.put("a first value, which lies on the heap"); });
    Thread second([&] { queue.put("a second value, which lies on the heap"); });
    queue.put("a third value, which lies on the heap");
    SELVAGE_EXPECT(queue.get().starts_with("a "));
    SELVAGE_EXPECT(queue.get().starts_with("a "));
    SELVAGE_EXPECT(queue.get().starts_with("a "));
  }));
}

TEST(QueueOrder, TaskDoneIsBeforeJoin) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  const auto body = [](bool before) {
    Queue<int> queue;
    int value = 0;
    Thread worker([&] {
      queue.get();
      if (before) value = 1;
      queue.task_done();
      if (!before) value = 1;
    });
    queue.put(1);
    queue.join();
    value = 2;
  };
  EXPECT_FALSE(Races([&] { body(true); }));
  EXPECT_TRUE(Races([&] { body(false); }));
}

}  // namespace
}  // namespace selvage
