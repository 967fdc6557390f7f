// Future, natively and in schedules.

#include "selvage/primitives/future.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "selvage/primitives/event.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

int Fail() { throw std::runtime_error("no connection"); }

TEST(FutureNative, Get_ReturnsTheResultAgainAndAgain) {
  ThreadPoolExecutor pool(1);
  const Future<std::string> future = pool.submit([] { return std::string("done"); });
  const Future<std::string> copy = future;
  EXPECT_EQ(future.get(), "done");
  EXPECT_EQ(copy.get(), "done");
  EXPECT_TRUE(copy.done());
  EXPECT_EQ(copy.exception(), nullptr);
}

TEST(FutureNative, Get_OfOneThatGoesAway_MovesTheResultOut) {
  ThreadPoolExecutor pool(1);
  const std::unique_ptr<int> result = pool.submit([] { return std::make_unique<int>(4); }).get();
  EXPECT_EQ(*result, 4);
}

TEST(FutureNative, ResultsMayBeReferencesOrNothing) {
  ThreadPoolExecutor pool(1);
  int value = 0;
  pool.submit([&] { value = 1; }).get();
  EXPECT_EQ(&pool.submit([&]() -> int& { return value; }).get(), &value);
  EXPECT_EQ(value, 1);
}

TEST(FutureNative, Get_RethrowsWhatTheTaskThrew) {
  ThreadPoolExecutor pool(1);
  const Future<int> future = pool.submit(Fail);
  EXPECT_THROW(future.get(), std::runtime_error);
  EXPECT_THROW(future.get(), std::runtime_error);
  EXPECT_NE(future.exception(), nullptr);
}

TEST(FutureNative, WaitFor_TellsReadyFromTimeout) {
  ThreadPoolExecutor pool(1);
  Event go;
  const Future<void> future = pool.submit([&] { go.wait(); });
  EXPECT_EQ(future.wait_for(milliseconds(1)), std::future_status::timeout);
  EXPECT_EQ(future.wait_until(std::chrono::steady_clock::now()), std::future_status::timeout);
  EXPECT_FALSE(future.done());
  go.set();
  future.wait();
  EXPECT_EQ(future.wait_for(milliseconds(0)), std::future_status::ready);
}

TEST(FutureNative, Cancel_BeforeItRuns_KeepsItFromRunning) {
  Event started;
  Event go;
  ThreadPoolExecutor pool(1);
  Future<void> running = pool.submit([&] {
    started.set();
    go.wait();
  });
  Future<void> waiting = pool.submit([] { ADD_FAILURE(); });
  started.wait();
  EXPECT_TRUE(running.running());
  EXPECT_FALSE(running.cancel());
  EXPECT_TRUE(waiting.cancel());
  EXPECT_TRUE(waiting.cancel());
  EXPECT_TRUE(waiting.cancelled());
  EXPECT_TRUE(waiting.done());
  EXPECT_THROW(waiting.get(), CancelledError);
  EXPECT_THROW(waiting.exception(), CancelledError);
  go.set();
}

TEST(FutureNative, DoneCallbacks_RunInTheOrderOfTheirAdding) {
  ThreadPoolExecutor pool(1);
  Event go;
  Future<int> future = pool.submit([&] {
    go.wait();
    return 3;
  });
  std::string log;
  future.add_done_callback([&](const Future<int>& done) { log += std::to_string(done.get()); });
  future.add_done_callback([&](const Future<int>&) { log += "b"; });
  go.set();
  pool.shutdown();
  future.add_done_callback([&](const Future<int>&) { log += "c"; });
  EXPECT_EQ(log, "3bc");
}

TEST(FutureNative, StandingForNothing_Throws) {
  const Future<int> future;
  EXPECT_FALSE(future.valid());
  EXPECT_THROW(future.get(), std::future_error);
}

TEST(FutureSchedule, Get_ReturnsTheResultInEverySchedule) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        SELVAGE_EXPECT(pool.submit([](int x) { return 2 * x; }, 21).get() == 42);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(FutureSchedule, Cancel_AgainstTheWorker_EitherRunsOrIsCancelled) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        Future<int> future = pool.submit([] { return 1; });
        const bool cancelled = future.cancel();
        try {
          SELVAGE_EXPECT(future.get() == 1);
          SELVAGE_EXPECT(!cancelled);
        } catch (const CancelledError&) {
          SELVAGE_EXPECT(cancelled);
        }
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(FutureSchedule, ExceptionNobodyAskedFor_IsAFinding) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        pool.submit("fetch", Fail);
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnhandledException,
                          "Future 'fetch': nobody asked for the exception of its task, "
                          "std::runtime_error: no connection"))
      << result.Text();
}

TEST(FutureSchedule, WaitingIsNotAskingForTheException) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        pool.submit(Fail).wait();
      },
      Exhaustively());
  EXPECT_TRUE(result.Has(FindingKind::kUnhandledException)) << result.Text();
}

TEST(FutureSchedule, ExceptionAskedFor_IsNoFinding) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        SELVAGE_EXPECT(pool.submit(Fail).exception() != nullptr);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(FutureSchedule, ExceptionOfACallback_IsAFinding) {
  const Result result = Explore(
      [] {
        ThreadPoolExecutor pool(1, "pool");
        Future<int> future = pool.submit("fetch", [] { return 1; });
        future.add_done_callback([](const Future<int>&) { Fail(); });
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnhandledException, "left a done callback"))
      << result.Text();
}

TEST(FutureSchedule, WaitFor_ATaskThatNeverEnds_ExpiresInVirtualTime) {
  const Result result = Explore(
      [] {
        Event go;
        ThreadPoolExecutor pool(1, "pool");
        const Future<void> future = pool.submit([&] { go.wait(); });
        SELVAGE_EXPECT(future.wait_for(hours(1)) == std::future_status::timeout);
        SELVAGE_EXPECT(Clock::now().time_since_epoch() == hours(1));
        go.set();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(FutureOrder, TaskIsBeforeGetAndNotBeforeATimeout) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  const auto body = [](bool wait) {
    int value = 0;
    ThreadPoolExecutor pool(1);
    Future<void> future = pool.submit([&] { value = 1; });
    if (wait) {
      future.get();
    } else {
      future.wait_for(milliseconds(1));
    }
    value = 2;
  };
  EXPECT_FALSE(Races([&] { body(true); }));
  EXPECT_TRUE(Races([&] { body(false); }));
}

TEST(FutureOrder, ExceptionsAndResultsOfManyReadersDoNotRace) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    ThreadPoolExecutor pool(1);
    Future<std::string> good = pool.submit([] { return std::string(100, 'x'); });
    Future<int> bad = pool.submit(Fail);
    Thread reader([good, bad] {
      SELVAGE_EXPECT(good.get().size() == 100);
      try {
        bad.get();
      } catch (const std::runtime_error& error) {
        SELVAGE_EXPECT(std::string(error.what()) == "no connection");
      }
    });
    pool.shutdown();
    Yield();
    // Whichever goes last destroys the results.
    good = {};
    bad = {};
  }));
}

}  // namespace
}  // namespace selvage
