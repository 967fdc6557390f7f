// Condition, in schedules.

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

TEST(ConditionInSchedule, NotifyBeforeTheWait_IsLostAndTheDeadlockSaysSo) {
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition("changed");
        const Thread waiter("waiter", [&] {
          const Guard guard(lock);
          condition.wait(lock);
        });
        condition.notify_one();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "Condition 'changed'")) << result.Text();
  EXPECT_NE(FindingOf(result, FindingKind::kDeadlock).details.find("lost wakeup"),
            std::string::npos)
      << result.Text();
}

TEST(ConditionInSchedule, WaitForAPredicateUnderTheLock_LosesNoNotification) {
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition;
        bool ready = false;
        const Thread waiter([&] {
          const Guard guard(lock);
          condition.wait(lock, [&] { return ready; });
          SELVAGE_EXPECT(ready);
        });
        {
          const Guard guard(lock);
          ready = true;
        }
        condition.notify_one();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ConditionInSchedule, WaitingTask_HasGivenTheLockUpAndHoldsItWhenItGoesOn) {
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition;
        Semaphore waits(0);
        bool notified = false;
        const Thread waiter([&] {
          const Guard guard(lock);
          waits.release();
          condition.wait(lock);
          SELVAGE_EXPECT(lock.locked());
          SELVAGE_EXPECT(notified);
        });
        waits.acquire();
        {
          const Guard guard(lock);  // never, if the wait kept it
          condition.notify_one();
          Yield();
          notified = true;  // the notified task must not have gone on before
        }
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ConditionInSchedule, WaitWithAnRLock_GivesItUpWholeAndTakesItBackAsDeep) {
  const Result result = Explore(
      [] {
        RLock lock;
        Condition condition;
        bool ready = false;
        const Thread waiter([&] {
          for (int i = 0; i < 3; ++i) lock.lock();
          condition.wait(lock, [&] { return ready; });
          for (int i = 0; i < 3; ++i) {
            SELVAGE_EXPECT(lock.locked());
            lock.unlock();
          }
          SELVAGE_EXPECT(lock.try_lock());
          lock.unlock();
        });
        const Guard guard(lock);
        ready = true;
        condition.notify_one();
      },
      Exhaustively(/*preemptions=*/2));
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// Two tasks that wait, and a third that calls `notify` once both do; who has gone on when all that
// can has been done. Sets of the numbers of those woken.
std::set<std::string> WokenBy(const std::function<void(Condition&)>& notify, bool* deadlocks) {
  std::set<std::string> all;
  std::string woken;
  Options options = Exhaustively();
  options.stop_at_first_failure = false;
  options.shrink = false;
  options.on_schedule = [&](std::uint64_t) {
    all.insert(woken);
    return true;
  };
  const Result result = Explore(
      [&] {
        woken.clear();
        Lock lock;
        Condition condition;
        Semaphore both_wait(0);
        const auto wait = [&](char name) {
          const Guard guard(lock);
          both_wait.release();
          condition.wait(lock);
          woken += name;
        };
        const Thread first(wait, 'a');
        const Thread second(wait, 'b');
        both_wait.acquire();
        both_wait.acquire();
        const Guard guard(lock);  // only free once both are in their wait
        notify(condition);
      },
      options);
  all.insert(woken);  // of the last schedule, or of one that was explained
  EXPECT_TRUE(result.exhausted) << result.Text();
  *deadlocks = result.Has(FindingKind::kDeadlock);
  return all;
}

TEST(ConditionInSchedule, NotifyOne_WakesExactlyOneAndWhichIsExplored) {
  bool deadlocks = false;
  EXPECT_EQ(WokenBy([](Condition& condition) { condition.notify_one(); }, &deadlocks),
            (std::set<std::string>{"a", "b"}));
  EXPECT_TRUE(deadlocks);  // of the one that was not woken
}

TEST(ConditionInSchedule, NotifyOneTwice_WakesBoth) {
  bool deadlocks = false;
  EXPECT_EQ(WokenBy(
                [](Condition& condition) {
                  condition.notify_one();
                  condition.notify_one();
                },
                &deadlocks),
            (std::set<std::string>{"ab", "ba"}));
  EXPECT_FALSE(deadlocks);
}

TEST(ConditionInSchedule, NotifyAll_WakesBothInEitherOrder) {
  bool deadlocks = false;
  EXPECT_EQ(WokenBy([](Condition& condition) { condition.notify_all(); }, &deadlocks),
            (std::set<std::string>{"ab", "ba"}));
  EXPECT_FALSE(deadlocks);
}

TEST(ConditionInSchedule, TimedWait_SaysWhetherItTimedOut) {
  std::set<bool> timeouts;
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [&] {
        Lock lock;
        Condition condition;
        bool notified = false;
        const Thread notifier([&] {
          const Guard guard(lock);
          notified = true;
          condition.notify_one();
        });
        const Guard guard(lock);
        if (notified) return;
        const bool timeout = condition.wait_for(lock, seconds(1)) == std::cv_status::timeout;
        timeouts.insert(timeout);
        SELVAGE_EXPECT(timeout || notified);
      },
      options);
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(timeouts, (std::set<bool>{false, true}));
}

TEST(ConditionInSchedule, TimedWaitThatNobodyNotifies_ExpiresAtItsDeadlineHoldingTheLock) {
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition;
        const Guard guard(lock);
        SELVAGE_EXPECT(condition.wait_for(lock, seconds(3)) == std::cv_status::timeout);
        SELVAGE_EXPECT(Clock::now() == Clock::time_point(seconds(3)));
        SELVAGE_EXPECT(condition.wait_until(lock, Clock::time_point(seconds(5))) ==
                       std::cv_status::timeout);
        SELVAGE_EXPECT(Clock::now() == Clock::time_point(seconds(5)));
        SELVAGE_EXPECT(lock.locked());
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ConditionInSchedule, WaiterThatHasTimedOut_TakesNoNotificationFromAnother) {
  Options options = Exhaustively();
  options.early_timeouts = true;
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition;
        Semaphore timed_out(0);
        bool go = false;
        const Thread patient([&] {
          const Guard guard(lock);
          condition.wait(lock, [&] { return go; });
        });
        const Guard guard(lock);
        condition.wait_for(lock, seconds(1));
        go = true;
        condition.notify_one();
      },
      options);
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ConditionInSchedule, PredicateForms_ReturnWhatThePredicateSays) {
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition;
        bool ready = false;
        std::unique_lock<Lock> holder(lock);
        SELVAGE_EXPECT(!condition.wait_for(holder, seconds(1), [&] { return ready; }));
        SELVAGE_EXPECT(
            !condition.wait_until(holder, Clock::time_point(seconds(2)), [&] { return ready; }));
        const Thread setter([&] {
          const Guard guard(lock);
          ready = true;
          condition.notify_all();
        });
        SELVAGE_EXPECT(condition.wait_for(holder, hours(1), [&] { return ready; }));
        SELVAGE_EXPECT(Clock::now() == Clock::time_point(seconds(2)));
        condition.wait(holder, [&] { return ready; });
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// The value of a wait that nobody notifies: a deadlock unless it wakes spuriously.
Result WaitUnnotified(std::uint32_t spurious_wakeups, int waits) {
  Options options = Exhaustively();
  options.spurious_wakeups = spurious_wakeups;
  options.stop_at_first_failure = false;
  options.shrink = false;
  return Explore(
      [waits] {
        Lock lock;
        Condition condition;
        const Guard guard(lock);
        for (int i = 0; i < waits; ++i) condition.wait(lock);
        ReportFailure("all waits returned");
      },
      options);
}

TEST(ConditionInSchedule, SpuriousWakeup_IsExploredWhereAllowed) {
  const Result result = WaitUnnotified(1, 1);
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
}

TEST(ConditionInSchedule, SpuriousWakeup_NeverHappensWhereNoneIsAllowed) {
  const Result result = WaitUnnotified(0, 1);
  EXPECT_FALSE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
}

TEST(ConditionInSchedule, SpuriousWakeups_AreAtMostAsManyAsAllowed) {
  EXPECT_FALSE(WaitUnnotified(1, 2).Has(FindingKind::kFailedExpectation));
  EXPECT_TRUE(WaitUnnotified(2, 2).Has(FindingKind::kFailedExpectation));
}

TEST(ConditionInSchedule, IfInsteadOfWhile_IsFoundThroughASpuriousWakeup) {
  Options options = Exhaustively();
  options.spurious_wakeups = 1;
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition;
        bool ready = false;
        const Thread waiter([&] {
          const Guard guard(lock);
          if (!ready) condition.wait(lock);
          SELVAGE_EXPECT(ready);
        });
        const Guard guard(lock);
        ready = true;
        condition.notify_one();
      },
      options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kFailedExpectation, "ready")) << result.Text();
}

TEST(ConditionInSchedule, WaitWithoutTheLock_IsMisuseNamingTheCondition) {
  const Result result = Explore(
      [] {
        Lock lock;
        Condition condition("changed");
        condition.wait(lock);
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse,
                          "Condition 'changed': waited for without holding the lock"))
      << result.Text();
}

TEST(ConditionInSchedule, DestroyedWhileATaskWaits_IsMisuseNamingTheCondition) {
  Lock lock;
  const Result result = Explore(
      [&] {
        Semaphore waits(0);
        auto* condition = new Condition("changed");
        const Thread waiter([&] {
          const Guard guard(lock);
          waits.release();
          condition->wait(lock);
        });
        waits.acquire();
        { const Guard guard(lock); }
        delete condition;
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse,
                          "Condition 'changed': destroyed while a task waits for it"))
      << result.Text();
}

TEST(ConditionInSchedule, GlobalConditionLeftWithWaiters_HasNoneInTheNextSchedule) {
  static Lock lock("global lock");
  static Condition condition("global condition");
  Options options = Exhaustively();
  options.strategy = "random";
  options.schedules = 5;
  options.stop_at_first_failure = false;
  const Result result = Explore(
      [] {
        const Guard guard(lock);
        condition.notify_all();  // would touch the frames of waiters long gone
        condition.wait(lock);
      },
      options);
  EXPECT_EQ(result.failing, 5U);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "Condition 'global condition'"))
      << result.Text();
}

}  // namespace
}  // namespace selvage
