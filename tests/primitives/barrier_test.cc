// Barrier, natively and in schedules.

#include "selvage/primitives/barrier.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;

// Whether waiting there throws BrokenBarrierError.
bool Breaks(Barrier& barrier) {
  try {
    barrier.wait();
    return false;
  } catch (const BrokenBarrierError&) {
    return true;
  }
}

TEST(BarrierNative, Wait_HandsOutEachIndexOnceInAPhase) {
  constexpr std::size_t kParties = 3;
  constexpr int kPhases = 2'000;
  std::atomic<std::size_t> sum{0};
  std::atomic<int> completions{0};
  Barrier barrier(kParties, [&] { ++completions; });
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kParties; ++i) {
    threads.emplace_back([&] {
      for (int phase = 0; phase < kPhases; ++phase) {
        sum += barrier.wait();
        EXPECT_GT(completions, phase);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(completions, kPhases);
  EXPECT_EQ(sum, kPhases * kParties * (kParties - 1) / 2);
}

TEST(BarrierNative, Abort_BreaksWaitersAndLaterOnesUntilReset) {
  Barrier barrier(2);
  WatchedThread waiter([&] { EXPECT_TRUE(Breaks(barrier)); });
  EXPECT_TRUE(waiter.Blocks());
  EXPECT_EQ(barrier.n_waiting(), 1U);
  barrier.abort();
  waiter.Join();
  EXPECT_TRUE(barrier.broken());
  EXPECT_TRUE(Breaks(barrier));
  barrier.reset();
  EXPECT_FALSE(barrier.broken());
  WatchedThread other([&] { barrier.arrive_and_wait(); });
  barrier.arrive_and_wait();
}

TEST(BarrierNative, WaitFor_OthersDoNotCome_BreaksTheBarrier) {
  Barrier barrier(2, "start");
  EXPECT_THROW(barrier.wait_for(milliseconds(1)), BrokenBarrierError);
  EXPECT_TRUE(barrier.broken());
}

TEST(BarrierNative, Completion_Throws_BreaksTheBarrier) {
  Barrier barrier(1, [] { throw std::runtime_error("no"); });
  EXPECT_THROW(barrier.wait(), std::runtime_error);
  EXPECT_TRUE(barrier.broken());
}

TEST(BarrierNative, NoParties_Throw) { EXPECT_THROW(Barrier(0), std::logic_error); }

TEST(BarrierSchedule, Wait_NobodyPassesBeforeAllHaveCome) {
  const Result result = Explore(
      [] {
        Barrier barrier(2, "start");
        Shared<int> arrived(0);
        Thread other([&] {
          ++arrived;
          barrier.wait();
        });
        barrier.wait();
        SELVAGE_EXPECT(arrived == 1);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BarrierSchedule, TwoPhasesOfTwo_EndInEverySchedule) {
  const Result result = Explore(
      [] {
        Barrier barrier(2);
        const auto run = [&] {
          const std::size_t first = barrier.wait();
          const std::size_t second = barrier.wait();
          SELVAGE_EXPECT(first < 2 && second < 2);
        };
        Thread other(run);
        run();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BarrierSchedule, TooFewParties_IsADeadlock) {
  const Result result = Explore(
      [] {
        Barrier barrier(3, "start");
        Thread other([&] { barrier.wait(); });
        barrier.wait();
      },
      Exhaustively());
  EXPECT_NE(FindingOf(result, FindingKind::kDeadlock).summary.find("Barrier 'start'"),
            std::string::npos)
      << result.Text();
}

TEST(BarrierSchedule, Abort_AgainstWaiters_LeavesNobodyBehind) {
  const Result result = Explore(
      [] {
        Barrier barrier(3);
        Thread first([&] { SELVAGE_EXPECT(Breaks(barrier)); });
        Thread second([&] { SELVAGE_EXPECT(Breaks(barrier)); });
        barrier.abort();
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BarrierSchedule, AbortDuringCompletion_BreaksThePhase) {
  const Result result = Explore(
      [] {
        Barrier* itself = nullptr;
        Barrier barrier(2, [&] { itself->abort(); });
        itself = &barrier;
        Thread other([&] { SELVAGE_EXPECT(Breaks(barrier)); });
        SELVAGE_EXPECT(Breaks(barrier));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BarrierSchedule, WaitFor_OthersDoNotCome_ExpiresInVirtualTime) {
  const Result result = Explore(
      [] {
        Barrier barrier(2);
        bool broken = false;
        try {
          barrier.wait_for(std::chrono::hours(1));
        } catch (const BrokenBarrierError&) {
          broken = true;
        }
        SELVAGE_EXPECT(broken);
        SELVAGE_EXPECT(Clock::now().time_since_epoch() == std::chrono::hours(1));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BarrierSchedule, NoParties_IsMisuse) {
  const Result result = Explore([] { Barrier barrier(0, "none"); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Barrier 'none'")) << result.Text();
}

TEST(BarrierOrder, WhatWasDoneBeforeArriving_IsSeenByAllAndByTheCompletion) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    int values[2] = {0, 0};
    int sum = 0;
    Barrier barrier(2, [&] { sum = values[0] + values[1]; });
    const auto run = [&](int me) {
      values[me] = 1;
      barrier.wait();
      SELVAGE_EXPECT(values[1 - me] == 1 && sum == 2);
    };
    Thread other([&] { run(1); });
    run(0);
  }));
}

TEST(BarrierOrder, PhasesDoNotOrderEachOther) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_TRUE(Races([] {
    int value = 0;
    Barrier barrier(1);
    Atomic<bool> passed(false);
    Thread first([&] {
      value = 1;
      barrier.wait();
      passed.store(true, std::memory_order_relaxed);
    });
    if (!passed.load(std::memory_order_relaxed)) return;
    barrier.wait();
    value = 2;
  }));
}

}  // namespace
}  // namespace selvage
