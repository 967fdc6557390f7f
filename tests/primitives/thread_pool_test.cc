// ThreadPoolExecutor, natively and in schedules.

#include "selvage/primitives/thread_pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "selvage/primitives/event.h"
#include "selvage/primitives/shared.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"

namespace selvage {
namespace {

TEST(ThreadPoolNative, Map_ReturnsResultsInTheOrderOfTheInputs) {
  ThreadPoolExecutor pool(3);
  Event last_ran;
  const std::vector<int> results = pool.map(
      [&](int input) {
        // The first input is ready only after the last.
        if (input == 1) last_ran.wait();
        if (input == 3) last_ran.set();
        return input * 10;
      },
      std::vector<int>{1, 2, 3});
  EXPECT_EQ(results, (std::vector<int>{10, 20, 30}));
}

TEST(ThreadPoolNative, Map_ThrowsWhatTheFirstInputToFailThrew) {
  ThreadPoolExecutor pool(2);
  try {
    pool.map(
        [](int input) {
          if (input > 1) throw std::runtime_error(std::to_string(input));
        },
        std::vector<int>{1, 2, 3});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "2");
  }
}

TEST(ThreadPoolNative, Submit_ArgumentsAreGoneWhenTheFutureIsDone) {
  ThreadPoolExecutor pool(1);
  auto argument = std::make_shared<int>(1);
  pool.submit([](const std::shared_ptr<int>&) {}, argument).get();
  EXPECT_EQ(argument.use_count(), 1);
  int seen = 0;
  pool.submit([](std::unique_ptr<int> value, int& out) { out = *value; }, std::make_unique<int>(5),
              std::ref(seen))
      .get();
  EXPECT_EQ(seen, 5);
}

TEST(ThreadPoolNative, Destroyed_RunsWhatWasSubmitted) {
  std::atomic<int> runs{0};
  {
    ThreadPoolExecutor pool(2, "io");
    for (int i = 0; i < 100; ++i) pool.submit([&] { ++runs; });
  }
  EXPECT_EQ(runs, 100);
}

TEST(ThreadPoolNative, Shutdown_CancelsFuturesIfAsked) {
  ThreadPoolExecutor pool(1);
  Event started;
  Event go;
  const Future<void> running = pool.submit([&] {
    started.set();
    go.wait();
  });
  const Future<void> waiting = pool.submit([] { ADD_FAILURE(); });
  started.wait();
  pool.shutdown(/*wait=*/false, /*cancel_futures=*/true);
  EXPECT_TRUE(waiting.cancelled());
  EXPECT_FALSE(running.done());
  go.set();
  pool.shutdown();
  EXPECT_TRUE(running.done());
}

TEST(ThreadPoolNative, Submit_AfterShutdown_Throws) {
  ThreadPoolExecutor pool(1, "io");
  pool.shutdown();
  pool.shutdown();
  EXPECT_THROW(pool.submit([] {}), std::runtime_error);
}

TEST(ThreadPoolNative, NoWorkers_Throws) { EXPECT_THROW(ThreadPoolExecutor(0), std::logic_error); }

TEST(ThreadPoolSchedule, Map_ResultsAreInOrderInEverySchedule) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(2, "pool");
        const std::vector<int> inputs = {1, 2};
        SELVAGE_EXPECT(pool.map([](int i) { return i; }, inputs) == inputs);
      },
      Exhaustively(2));
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ThreadPoolSchedule, Shutdown_RunsWhatWasSubmitted) {
  const Result result = Explore(
      [] {
        Shared<int> runs(0);
        {
          ThreadPoolExecutor pool(1, "pool");
          pool.submit([&] { ++runs; });
          pool.submit([&] { ++runs; });
        }
        SELVAGE_EXPECT(runs == 2);
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ThreadPoolSchedule, CompletionOrder_IsNotTheOrderOfSubmission) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(2, "pool");
        Future<void> first = pool.submit([] {});
        Future<void> second = pool.submit([] {});
        second.wait();
        SELVAGE_EXPECT(first.done());
      },
      Exhaustively(2));
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
}

TEST(ThreadPoolSchedule, TaskThatWaitsForAnotherOfAFullPool_IsADeadlock) {
  const auto body = [](int workers) {
    ThreadPoolExecutor pool(workers, "pool");
    pool.submit([&] { return pool.submit([] { return 1; }).get(); }).get();
  };
  const Result buggy = Explore([&] { body(1); }, Exhaustively());
  EXPECT_TRUE(buggy.Has(FindingKind::kDeadlock)) << buggy.Text();
  const Result fixed = Explore([&] { body(2); }, Exhaustively(2));
  EXPECT_TRUE(Proven(fixed)) << fixed.Text();
}

TEST(ThreadPoolSchedule, SubmitAgainstShutdown_RunsOrThrows) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        Thread closer([&] { pool.shutdown(/*wait=*/false); });
        try {
          pool.submit([] {}).get();
        } catch (const std::runtime_error&) {
        }
        closer.join();
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ThreadPoolSchedule, NoWorkers_IsMisuse) {
  const Result result = Explore([] { ThreadPoolExecutor pool(0, "pool"); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "ThreadPoolExecutor 'pool'"))
      << result.Text();
}

TEST(ThreadPoolOrder, SubmitIsBeforeTheTaskAndTasksAreNotOrdered) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    ThreadPoolExecutor pool(2);
    int value = 0;
    value = 1;
    pool.submit([&] { ++value; }).get();
    pool.submit([&] { ++value; }).get();
  }));
  EXPECT_TRUE(Races([] {
    int value = 0;
    ThreadPoolExecutor pool(2);
    pool.submit([&] { ++value; });
    pool.submit([&] { ++value; });
  }));
}

TEST(ThreadPoolOrder, ShutdownIsAfterEveryTask) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    int value = 0;
    ThreadPoolExecutor pool(1);
    pool.submit([&] { ++value; });
    pool.shutdown();
    ++value;
  }));
}

}  // namespace
}  // namespace selvage
