// Event, natively and in schedules.

#include "selvage/primitives/event.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(EventNative, Wait_ReturnsOnceItIsSet) {
  Event event;
  WatchedThread waiter([&] { event.wait(); });
  EXPECT_TRUE(waiter.Blocks());
  event.set();
  waiter.Join();
  EXPECT_TRUE(event.is_set());
}

TEST(EventNative, Set_WakesAllWaiters) {
  Event event;
  WatchedThread first([&] { event.wait(); });
  WatchedThread second([&] { event.wait(); });
  EXPECT_TRUE(first.Blocks());
  EXPECT_TRUE(second.Blocks());
  event.set();
}

TEST(EventNative, WaitFor_UnsetEvent_IsFalseInTheEnd) {
  Event event;
  EXPECT_FALSE(event.wait_for(milliseconds(1)));
  EXPECT_FALSE(event.wait_until(std::chrono::system_clock::now()));
}

TEST(EventNative, WaitFor_LongestTimeoutThereIs_DoesNotOverflow) {
  Event event;
  WatchedThread waiter([&] { EXPECT_TRUE(event.wait_for(std::chrono::nanoseconds::max())); });
  EXPECT_TRUE(waiter.Blocks());
  event.set();
}

TEST(EventNative, Clear_MakesWaitersWaitAgain) {
  Event event;
  event.set();
  event.clear();
  EXPECT_FALSE(event.is_set());
  EXPECT_FALSE(event.wait_for(seconds(0)));
}

TEST(EventSchedule, Wait_OneSetterTwoWaiters_EndsInEverySchedule) {
  const Result result = Explore(
      [] {
        Event event("ready");
        Thread first([&] { event.wait(); });
        Thread second([&] { event.wait(); });
        event.set();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(EventSchedule, Wait_ClearedAgainBeforeTheWaiterLooks_IsADeadlock) {
  const Result result = Explore(
      [] {
        Event event("ready");
        Thread waiter("waiter", [&] { event.wait(); });
        event.set();
        event.clear();
      },
      Exhaustively());
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  EXPECT_NE(FindingOf(result, FindingKind::kDeadlock).summary.find("Event 'ready'"),
            std::string::npos)
      << result.Text();
}

TEST(EventSchedule, WaitFor_NobodySetsIt_ExpiresInVirtualTime) {
  const Result result = Explore(
      [] {
        Event event;
        const auto begin = Clock::now();
        SELVAGE_EXPECT(!event.wait_for(std::chrono::hours(1)));
        SELVAGE_EXPECT(Clock::now() - begin == std::chrono::hours(1));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(EventSchedule, WaitFor_MayExpireEarly) {
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        Event event;
        Thread setter([&] { event.set(); });
        SELVAGE_EXPECT(event.wait_for(std::chrono::hours(1)));
      },
      options);
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation));
}

TEST(EventSchedule, SetBeforeTheSchedule_IsSetInEachOfThem) {
  Event event;
  event.set();
  Options options;
  options.schedules = 5;
  const Result result = Explore(
      [&] {
        SELVAGE_EXPECT(event.is_set());
        event.clear();
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_TRUE(event.is_set());
}

TEST(EventSchedule, DestroyedBeforeItsSetter_IsMisuse) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "UBSan ends the process at the call";
#endif
#endif
  const Result result = Explore(
      [] {
        std::optional<Event> event;
        event.emplace("stop");
        Thread setter([&] { event->set(); });
        event->is_set();
        event.reset();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Event 'stop': destroyed while"))
      << result.Text();
}

TEST(EventOrder, WhatWasDoneBeforeSet_IsSeenAfterWait) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    Event event;
    int value = 0;
    Thread setter([&] {
      value = 1;
      event.set();
    });
    event.wait();
    value = 2;
  }));
}

TEST(EventOrder, WhatIsDoneAfterSet_IsNotOrdered) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_TRUE(Races([] {
    Event event;
    int value = 0;
    Thread setter([&] {
      event.set();
      value = 1;
    });
    event.wait();
    value = 2;
  }));
}

TEST(EventOrder, Clear_EndsTheOrderOfTheSetBefore) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_TRUE(Races([] {
    Event event;
    Atomic<bool> was_set(false);
    Atomic<bool> set_again(false);
    int value = 0;
    Thread first([&] {
      value = 1;
      event.set();
      was_set.store(true, std::memory_order_relaxed);
    });
    Thread second([&] {
      if (!was_set.load(std::memory_order_relaxed)) return;
      event.clear();
      event.set();
      set_again.store(true, std::memory_order_relaxed);
    });
    if (!set_again.load(std::memory_order_relaxed)) return;
    event.wait();
    value = 2;
  }));
}

}  // namespace
}  // namespace selvage
