// Inside a schedule time is virtual: it costs nothing, and moves only when nobody can run or a
// timed wait is let expire.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

nanoseconds Elapsed() { return Clock::now().time_since_epoch(); }

TEST(VirtualTime, Clock_StartsAtZeroInEverySchedule) {
  Options options;
  options.schedules = 10;
  const Result result = Explore(
      [] {
        SELVAGE_EXPECT(Elapsed() == nanoseconds(0));
        SleepFor(seconds(5));
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(VirtualTime, Clock_StandsStillWhileTasksRun) {
  const Result result = Explore(
      [] {
        Lock lock;
        const auto work = [&] {
          for (int i = 0; i < 2; ++i) {
            const Guard guard(lock);
            SELVAGE_EXPECT(Elapsed() == nanoseconds(0));
          }
          Yield();
        };
        const Thread other(work);
        work();
        SELVAGE_EXPECT(Elapsed() == nanoseconds(0));
      },
      Exhaustively(/*preemptions=*/2));
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(VirtualTime, SleepOfAnHour_TakesExactlyAnHourOfIt) {
  Options options;
  options.schedules = 2'000;  // eighty-three days
  const Result result = Explore(
      [] {
        SleepFor(hours(1));
        SELVAGE_EXPECT(Elapsed() == hours(1));
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(VirtualTime, Sleepers_WakeInOrderOfTheirTimes) {
  const Result result = Explore(
      [] {
        std::array<int, 3> order{};
        std::size_t woken = 0;
        {
          const auto sleeper = [&](int duration) {
            SleepFor(seconds(duration));
            order[woken++] = duration;
          };
          const Thread slow(sleeper, 3);
          const Thread fast(sleeper, 1);
          const Thread middling(sleeper, 2);
        }
        SELVAGE_EXPECT((order == std::array{1, 2, 3}));
        SELVAGE_EXPECT(Elapsed() == seconds(3));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// The orders in which two tasks, one of which sleeps first, get to their ends.
std::set<std::string> OrdersOfSleeperAndWorker(bool early_timeouts) {
  std::set<std::string> orders;
  Options options = Exhaustively();
  options.early_timeouts = early_timeouts;
  const Result result = Explore(
      [&] {
        std::string order;
        {
          const Thread sleeper([&] {
            SleepFor(seconds(1));
            order += 's';
          });
          Yield();
          Yield();
          order += 'w';
        }
        orders.insert(order);
      },
      options);
  EXPECT_TRUE(Proven(result)) << result.Text();
  return orders;
}

TEST(VirtualTime, SleeperWithoutEarlyTimeouts_NeverOvertakesWhoCanRun) {
  EXPECT_EQ(OrdersOfSleeperAndWorker(false), (std::set<std::string>{"ws"}));
}

TEST(VirtualTime, SleeperWithEarlyTimeouts_OvertakesWhoCanRunInSomeSchedule) {
  EXPECT_EQ(OrdersOfSleeperAndWorker(true), (std::set<std::string>{"sw", "ws"}));
}

TEST(VirtualTime, WaitThatExpiresEarly_TakesTheClockToItsDeadline) {
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        const Thread busy([] { Yield(); });
        SleepFor(seconds(1));
        SELVAGE_EXPECT(Elapsed() >= seconds(1));
      },
      options);
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, EqualDeadlines_ExpireInEitherOrder) {
  std::set<std::string> orders;
  const Result result = Explore(
      [&] {
        std::string order;
        {
          const auto sleeper = [&](char name) {
            SleepFor(seconds(1));
            order += name;
          };
          const Thread first(sleeper, 'a');
          const Thread second(sleeper, 'b');
        }
        orders.insert(order);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(orders, (std::set<std::string>{"ab", "ba"}));
}

TEST(VirtualTime, TimedLockOfAHeldLock_ExpiresAtItsDeadline) {
  const Result result = Explore(
      [] {
        Lock lock;
        Semaphore locked(0);
        const Thread holder([&] {
          const Guard guard(lock);
          locked.release();
          SleepFor(seconds(10));
        });
        locked.acquire();
        SELVAGE_EXPECT(!lock.try_lock_for(milliseconds(1500)));
        SELVAGE_EXPECT(Elapsed() == milliseconds(1500));
        SELVAGE_EXPECT(lock.try_lock_until(Clock::time_point(seconds(20))));
        SELVAGE_EXPECT(Elapsed() == seconds(10));
        lock.unlock();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, TimedAcquireAndTimedJoin_ExpireAtTheirDeadlines) {
  const Result result = Explore(
      [] {
        Semaphore none(0);
        SELVAGE_EXPECT(!none.try_acquire_for(seconds(1)));
        SELVAGE_EXPECT(Elapsed() == seconds(1));
        Thread sleeper([] { SleepFor(seconds(5)); });
        SELVAGE_EXPECT(!sleeper.join_for(seconds(2)));
        SELVAGE_EXPECT(sleeper.joinable());
        SELVAGE_EXPECT(sleeper.join_for(seconds(100)));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, TimeoutOfZeroOrLess_ExpiresWithoutMovingTheClock) {
  const Result result = Explore(
      [] {
        Semaphore none(0);
        SELVAGE_EXPECT(!none.try_acquire_for(seconds(0)));
        SELVAGE_EXPECT(!none.try_acquire_for(seconds(-5)));
        SleepFor(seconds(-1));
        SELVAGE_EXPECT(Elapsed() == nanoseconds(0));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, WaitThatCanTakeEffect_DoesNotExpireWithoutEarlyTimeouts) {
  const Result result = Explore(
      [] {
        Semaphore one(1);
        const Thread busy([] { Yield(); });
        SELVAGE_EXPECT(one.try_acquire_for(seconds(0)));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, TimedWaitBesideAnUntimedDeadlock_StillExpires) {
  const Result result = Explore(
      [] {
        Semaphore none(0, "none");
        const Thread stuck([&] { none.acquire(); });
        SELVAGE_EXPECT(!none.try_acquire_for(seconds(1)));
        none.release();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// A wait for a permit that comes after an hour, begun when the clock no longer stands at zero.
Result WaitAnHour(const std::function<bool(Semaphore&)>& wait) {
  return Explore(
      [&] {
        Semaphore permit(0);
        SleepFor(seconds(1));
        const Thread giver([&] {
          SleepFor(hours(1));
          permit.release();
        });
        SELVAGE_EXPECT(wait(permit));
      },
      Exhaustively());
}

TEST(VirtualTime, LongestTimeout_DoesNotExpireBeforeAnHourHasPassed) {
  const Result result =
      WaitAnHour([](Semaphore& permit) { return permit.try_acquire_for(nanoseconds::max()); });
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, LongestTimeoutInHours_DoesNotExpireAtOnce) {
  const Result result =
      WaitAnHour([](Semaphore& permit) { return permit.try_acquire_for(hours::max()); });
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, LatestDeadline_DoesNotExpireAtOnce) {
  const Result result = WaitAnHour(
      [](Semaphore& permit) { return permit.try_acquire_until(Clock::time_point::max()); });
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(VirtualTime, EarliestDeadline_ExpiresAtOnce) {
  const Result result = Explore(
      [] {
        Semaphore permit(0);
        SleepFor(seconds(1));
        SELVAGE_EXPECT(!permit.try_acquire_until(Clock::time_point::min()));
        SELVAGE_EXPECT(Elapsed() == seconds(1));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// --- Clocks that are not virtual ---

template <typename ForeignClock>
void ExpectTheSameSchedulesWithDeadlinesOf() {
  Options options = Exhaustively(/*preemptions=*/2);
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        Semaphore none(0);
        const auto wait = [&] {
          SELVAGE_EXPECT(!none.try_acquire_until(ForeignClock::now() + milliseconds(10)));
        };
        const Thread first(wait);
        const Thread second(wait);
        wait();
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(result.nondeterminism, "");
  EXPECT_GE(result.schedules, 6U);
}

TEST(VirtualTime, DeadlinesOfForeignClocks_GiveTheSameSchedulesEachTime) {
  ExpectTheSameSchedulesWithDeadlinesOf<std::chrono::steady_clock>();
  ExpectTheSameSchedulesWithDeadlinesOf<std::chrono::system_clock>();
}

// --- Waiting by looking at the clock ---

// Of every strategy, with plain memory points and without.
void ExpectToEndUnderEveryStrategy(const std::function<void()>& body) {
  for (const char* strategy : {"random", "sticky", "pct", "pos", "surw", "exhaustive:1"}) {
    for (const bool memory_points : {true, false}) {
      Options options;
      options.strategy = strategy;
      options.schedules = 30;
      options.max_steps = 100'000;
      options.memory_points = memory_points;
      const Result result = Explore(body, options);
      EXPECT_TRUE(result.ok()) << strategy << ": " << result.Text();
    }
  }
}

void PollUntil(Clock::time_point deadline) {
  while (Clock::now() < deadline) Yield();
}

TEST(VirtualTime, LoopUntilATime_EndsHoweverFarItIs) {
  ExpectToEndUnderEveryStrategy([] {
    PollUntil(Clock::time_point(milliseconds(1)));
    PollUntil(Clock::time_point(hours(24 * 365)));
    SELVAGE_EXPECT(Elapsed() >= hours(24 * 365));
  });
}

TEST(VirtualTime, LoopUntilATimeWithoutAnyOperation_EndsToo) {
  ExpectToEndUnderEveryStrategy([] {
    const Thread other([] { Yield(); });
    const Clock::time_point deadline = Clock::now() + seconds(1);
    while (Clock::now() < deadline) {
    }
  });
}

TEST(VirtualTime, SeveralLoopsUntilATime_End) {
  ExpectToEndUnderEveryStrategy([] {
    const Thread first([] { PollUntil(Clock::time_point(seconds(1))); });
    const Thread second([] { PollUntil(Clock::time_point(seconds(10))); });
    PollUntil(Clock::time_point(seconds(5)));
  });
}

TEST(VirtualTime, LoopsThatCountTheirRounds_End) {
  ExpectToEndUnderEveryStrategy([] {
    Shared<int> rounds(0);
    Lock lock;
    const auto poll = [&] {
      while (Clock::now() < Clock::time_point(seconds(1))) {
        const Guard guard(lock);
        rounds.store(rounds.load() + 1);
      }
    };
    const Thread other(poll);
    poll();
  });
}

TEST(VirtualTime, LoopUntilATimeBesideASleeper_EndsAfterItsTime) {
  ExpectToEndUnderEveryStrategy([] {
    const Thread ticker(Daemon("ticker"), [] {
      for (;;) SleepFor(milliseconds(100));
    });
    PollUntil(Clock::time_point(seconds(2)));
  });
}

// A loop that gives up after a second does not overtake a sleep of a millisecond.
TEST(VirtualTime, LoopWithATimeLimit_LeavesOthersTheirTime) {
  Options options = Exhaustively(/*preemptions=*/1);
  const Result result = Explore(
      [] {
        Semaphore done(0);
        const Thread worker([&] {
          SleepFor(milliseconds(1));
          done.release();
        });
        bool in_time = false;
        while (!in_time && Clock::now() < Clock::time_point(seconds(1))) {
          in_time = done.try_acquire();
          Yield();
        }
        SELVAGE_EXPECT(in_time);
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(VirtualTime, EndlessLoopThatLooksAtTheClock_IsALivelock) {
  Options options;
  options.schedules = 1;
  const Result result = Explore(
      [] {
        for (;;) {
          Clock::now();
          Yield();
        }
      },
      options);
  EXPECT_TRUE(result.Has(FindingKind::kLivelock)) << result.Text();
}

}  // namespace
}  // namespace selvage
