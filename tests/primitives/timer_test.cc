// Timer, natively and in schedules.

#include "selvage/primitives/timer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "selvage/primitives/shared.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(TimerNative, CallsItsFunctionOnce) {
  std::atomic<int> calls{0};
  Timer timer(milliseconds(1), [&] { ++calls; });
  timer.start();
  timer.join();
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(timer.cancel());
}

TEST(TimerNative, Cancelled_DoesNotCallAndEndsAtOnce) {
  Timer timer(hours(1), [] { ADD_FAILURE(); });
  timer.start();
  EXPECT_TRUE(timer.is_alive());
  EXPECT_TRUE(timer.cancel());
  EXPECT_TRUE(timer.cancel());
  timer.join();
}

TEST(TimerNative, Destroyed_Cancels) {
  Timer timer(hours(1), [] { ADD_FAILURE(); });
  timer.start();
}

TEST(TimerNative, Misuse_Throws) {
  Timer timer(hours(1), [] {});
  EXPECT_THROW(timer.join(), std::system_error);
  timer.start();
  EXPECT_THROW(timer.start(), std::logic_error);
}

TEST(TimerSchedule, FiresAfterItsIntervalOfVirtualTime) {
  const Result result = Explore(
      [] {
        Shared<int> calls(0);
        Timer timer(
            hours(1), [&] { ++calls; }, "tick");
        timer.start();
        timer.join();
        SELVAGE_EXPECT(calls == 1);
        SELVAGE_EXPECT(Clock::now().time_since_epoch() == hours(1));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(TimerSchedule, CancelAndJoin_WhatItUsesMayGo) {
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        Shared<int> alive(1);
        Timer timer(
            milliseconds(5), [&] { SELVAGE_EXPECT(alive == 1); }, "tick");
        timer.start();
        timer.cancel();
        timer.join();
        alive = 0;
      },
      options);
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(TimerSchedule, CancelWithoutJoin_RacesWithTheFunction) {
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        Shared<int> alive(1);
        Timer timer(
            milliseconds(5), [&] { SELVAGE_EXPECT(alive == 1); }, "tick");
        timer.start();
        timer.cancel();
        alive = 0;
      },
      options);
  EXPECT_FALSE(result.ok());
}

TEST(TimerSchedule, Cancel_SaysWhetherTheFunctionWillRun) {
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        Shared<int> calls(0);
        Timer timer(milliseconds(5), [&] { ++calls; });
        timer.start();
        const bool cancelled = timer.cancel();
        timer.join();
        SELVAGE_EXPECT(cancelled == (calls == 0));
      },
      options);
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(TimerSchedule, StartedTwice_IsMisuse) {
  const Result result = Explore(
      [] {
        Timer timer(
            hours(1), [] {}, "tick");
        timer.start();
        timer.start();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Timer 'tick': started twice"))
      << result.Text();
}

TEST(TimerOrder, JoinIsAfterTheFunctionAndCancelIsNot) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  const auto body = [](bool join) {
    int value = 0;
    Timer timer(milliseconds(5), [&] { value = 1; });
    timer.start();
    timer.cancel();
    if (join) timer.join();
    value = 2;
  };
  EXPECT_FALSE(Races([&] { body(true); }));
  EXPECT_TRUE(Races([&] { body(false); }));
}

}  // namespace
}  // namespace selvage
