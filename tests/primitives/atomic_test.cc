// Atomic, natively and in schedules.

#include "selvage/primitives/atomic.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"

namespace selvage {
namespace {

TEST(AtomicNative, DoesWhatStdAtomicDoes) {
  Atomic<int> number(5, "number");
  EXPECT_EQ(number.exchange(6), 5);
  EXPECT_EQ(number.fetch_add(2), 6);
  EXPECT_EQ(number.fetch_sub(1, std::memory_order_relaxed), 8);
  EXPECT_EQ(number.fetch_and(6), 7);
  EXPECT_EQ(number.fetch_or(1), 6);
  EXPECT_EQ(number.fetch_xor(2), 7);
  EXPECT_EQ(number, 5);
  EXPECT_EQ(++number, 6);
  EXPECT_EQ(number--, 6);
  EXPECT_EQ(number += 5, 10);
  EXPECT_EQ(number = 3, 3);
  int expected = 4;
  EXPECT_FALSE(number.compare_exchange_strong(expected, 9, std::memory_order_acq_rel));
  EXPECT_EQ(expected, 3);
  EXPECT_TRUE(number.compare_exchange_weak(expected, 9));
  EXPECT_EQ(number.load(std::memory_order_acquire), 9);
}

TEST(AtomicNative, HoldsPointersBoolsAndStructures) {
  int array[3] = {1, 2, 3};
  Atomic<int*> pointer(array);
  EXPECT_EQ(*++pointer, 2);
  Atomic<bool> flag;
  EXPECT_FALSE(flag.exchange(true));
  struct Pair {
    short a, b;
  };
  Atomic<Pair> pair(Pair{1, 2});
  EXPECT_EQ(pair.load().b, 2);
}

TEST(AtomicNative, ManyThreadsAdd_NothingIsLost) {
  Atomic<int> number(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10'000; ++round) ++number;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(number, 30'000);
}

TEST(AtomicSchedule, Updates_AreNotTornApart) {
  const Result result = Explore(
      [] {
        Atomic<int> number(0, "number");
        Thread first([&] { ++number; });
        Thread second([&] { number.fetch_add(1, std::memory_order_relaxed); });
        first.join();
        second.join();
        SELVAGE_EXPECT(number == 2);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(AtomicSchedule, LoadThenStore_LosesAnUpdate) {
  const Result result = Explore(
      [] {
        Atomic<int> number(0, "number");
        Thread first([&] { number = number + 1; });
        Thread second([&] { number = number + 1; });
        first.join();
        second.join();
        SELVAGE_EXPECT(number == 2);
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kFailedExpectation, "number == 2")) << result.Text();
}

TEST(AtomicSchedule, CompareExchange_InALoop_LosesNothing) {
  const Result result = Explore(
      [] {
        Atomic<int> number(0);
        const auto add = [&] {
          int seen = number;
          while (!number.compare_exchange_weak(seen, seen + 1)) {
          }
        };
        Thread other(add);
        add();
        other.join();
        SELVAGE_EXPECT(number == 2);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(AtomicOrder, AcquireAndRelease_HandAVariableOver) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  const auto body = [](std::memory_order store, std::memory_order load) {
    Atomic<bool> ready(false);
    int value = 0;
    Thread writer([&] {
      value = 1;
      ready.store(true, store);
    });
    if (ready.load(load)) value = 2;
  };
  EXPECT_FALSE(Races([&] { body(std::memory_order_release, std::memory_order_acquire); }));
  EXPECT_TRUE(Races([&] { body(std::memory_order_relaxed, std::memory_order_relaxed); }));
}

}  // namespace
}  // namespace selvage
