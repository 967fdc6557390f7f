// How schedules end other than well, and that the next one does not suffer from it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <new>
#include <memory>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

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

using std::chrono::seconds;

Options SomeSchedules(std::uint64_t schedules) {
  Options options;
  options.strategy = "random";
  options.schedules = schedules;
  options.stop_at_first_failure = false;
  options.watchdog = seconds(0);  // what is detected here is not detected by waiting
  return options;
}

TEST(Ending, OppositeLockOrder_DeadlocksInSomeScheduleAndIsDetected) {
  const Result result = Explore(
      [] {
        Lock a("a");
        Lock b("b");
        const Thread other([&] {
          const Guard first(b);
          const Guard second(a);
        });
        const Guard first(a);
        const Guard second(b);
      },
      Exhaustively());
  const Finding deadlock = FindingOf(result, FindingKind::kDeadlock);
  EXPECT_NE(deadlock.summary.find("Lock 'a'"), std::string::npos) << result.Text();
  EXPECT_NE(deadlock.summary.find("Lock 'b'"), std::string::npos) << result.Text();
}

TEST(Ending, DeadlockOfSomeTasks_IsNotedOnceTheOthersHaveEnded) {
  bool bystander_ended = false;
  const Result result = Explore(
      [&] {
        Semaphore never(0, "never");
        const Thread bystander([&] {
          for (int i = 0; i < 3; ++i) Yield();
          bystander_ended = true;
        });
        never.acquire();
      },
      SomeSchedules(1));
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "Semaphore 'never'")) << result.Text();
  EXPECT_TRUE(bystander_ended);
}

Lock global_lock("global");
Semaphore global_permit(1, "global permit");

TEST(Ending, GlobalLockLeftHeldByADeadlock_IsFreeInTheNextSchedule) {
  int acquired = 0;
  const Result result = Explore(
      [&] {
        global_lock.lock();
        ++acquired;
        global_lock.lock();
        global_lock.unlock();
      },
      SomeSchedules(5));
  EXPECT_EQ(result.failing, 5U);
  EXPECT_GE(acquired, 5);

  const Result after = Explore([] { const Guard guard(global_lock); }, SomeSchedules(1));
  EXPECT_TRUE(after.ok()) << after.Text();
  EXPECT_TRUE(global_lock.try_lock());
  global_lock.unlock();
}

TEST(Ending, GlobalSemaphoreExhaustedByADeadlock_HasItsPermitsInTheNextSchedule) {
  int acquired = 0;
  const Result result = Explore(
      [&] {
        global_permit.acquire();
        ++acquired;
        global_permit.acquire();
      },
      SomeSchedules(5));
  EXPECT_EQ(result.failing, 5U);
  EXPECT_GE(acquired, 5);
  EXPECT_TRUE(global_permit.try_acquire());
  global_permit.release();
}

TEST(Ending, SchedulesAfterADeadlock_RunToTheirEnd) {
  int number = 0;
  int ended = 0;
  Options options = SomeSchedules(10);
  options.shrink = false;
  Explore(
      [&] {
        Lock lock;
        if (++number % 2 == 0) {
          const Thread stuck([&] {
            lock.lock();
            lock.lock();
          });
        }
        Thread([] { Yield(); }).join();
        ++ended;
      },
      options);
  EXPECT_GE(ended, 5);
}

TEST(Ending, EndlessLoopOverAnOperation_IsGivenUpAfterAsManyOperationsAsAllowed) {
  Options options = SomeSchedules(1);
  options.max_steps = 100;
  const Result result = Explore(
      [] {
        for (;;) Yield();
      },
      options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnfinished, "100")) << result.Text();
  EXPECT_LE(result.steps, 101U);
}

TEST(Ending, EndlessSleeping_IsGivenUpToo) {
  Options options = SomeSchedules(1);
  options.max_steps = 100;
  const Result result = Explore(
      [] {
        for (;;) SleepFor(seconds(1));
      },
      options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnfinished, "100")) << result.Text();
}

TEST(Ending, ExactlyAsManyOperationsAsAllowed_AreNotTooMany) {
  Options options = SomeSchedules(1);
  options.max_steps = 10;
  const auto yield = [](int times) {
    return [times] {
      for (int i = 0; i < times; ++i) Yield();
    };
  };
  EXPECT_TRUE(Explore(yield(10), options).ok());
  EXPECT_TRUE(Explore(yield(11), options).Has(FindingKind::kUnfinished));
}

TEST(Ending, ExceptionThatLeavesATask_IsAFindingAndTheScheduleGoesOn) {
  bool main_ended = false;
  const Result result = Explore(
      [&] {
        Thread thrower("thrower", [] { throw std::runtime_error("no such row"); });
        thrower.join();
        main_ended = true;
      },
      SomeSchedules(1));
  EXPECT_TRUE(
      OnlyFinding(result, FindingKind::kUnhandledException, "std::runtime_error: no such row"))
      << result.Text();
  EXPECT_TRUE(main_ended);
}

[[gnu::noinline]] void LookUp() { throw std::runtime_error("no such row"); }

// A handler on the way that is for something else, and a destructor, are not where it was thrown.
[[gnu::noinline]] void Query() {
  const auto text = std::make_unique<std::string>("query");
  try {
    LookUp();
  } catch (const std::bad_alloc&) {
  }
}

TEST(Ending, ExceptionThatLeavesATask_SaysWhereItWasThrownAndInWhichTask) {
  for (const bool isolate : {false, true}) {
    Options options = SomeSchedules(1);
    options.isolate = isolate;
    const Result result =
        Explore([] { Thread("thrower", [] { Query(); }).join(); }, options);
    const Finding thrown = FindingOf(result, FindingKind::kUnhandledException);
    EXPECT_THAT(thrown.summary,
                testing::ContainsRegex("no such row, thrown at ending_test.cc:[0-9]+"));
    EXPECT_THAT(thrown.details,
                testing::ContainsRegex("in thrower, started at ending_test.cc:[0-9]+\n"
                                       "    #0 .*LookUp.*\n    #1 .*Query"));
  }
}

TEST(Ending, ExceptionThatIsCaughtInTheTask_IsNoFinding) {
  const Result result = Explore(
      [] {
        const Thread catcher([] {
          try {
            Query();
          } catch (const std::runtime_error&) {
          }
        });
      },
      SomeSchedules(10));
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(Ending, ExceptionThatLeavesTheBody_IsAFinding) {
  const Result result = Explore([] { throw std::out_of_range("row 7"); }, SomeSchedules(1));
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnhandledException, "std::out_of_range: row 7"))
      << result.Text();
}

TEST(Ending, ThrownObjectThatIsNoException_IsAFindingToo) {
  const Result result = Explore([] { throw 42; }, SomeSchedules(1));
  EXPECT_EQ(result.findings.size(), 1U) << result.Text();
  EXPECT_TRUE(result.Has(FindingKind::kUnhandledException)) << result.Text();
}

TEST(Ending, DestructorsOfATaskThatThrows_Run) {
  const Result result = Explore(
      [] {
        Lock lock;
        const Thread thrower([&] {
          const Guard guard(lock);
          throw std::runtime_error("while holding");
        });
        const Guard guard(lock);
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnhandledException, "while holding"))
      << result.Text();
}

thread_local struct LocksWhenItsThreadEnds {
  ~LocksWhenItsThreadEnds() {
    if (lock != nullptr) {
      lock->lock();
      lock->unlock();
    }
  }
  Lock* lock = nullptr;
} locks_when_its_thread_ends;

// The thread of an abandoned task ends as an ordinary thread. In a child process, because what goes
// wrong here is a crash.
TEST(EndingDeathTest, ThreadLocalDestructorThatLocks_OfAnAbandonedTask_LocksNatively) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto explore = [] {
    Lock lock("of the thread_local");
    const Result result = Explore(
        [&] {
          locks_when_its_thread_ends.lock = &lock;
          lock.lock();
          lock.unlock();
          Semaphore(0, "never").acquire();
        },
        SomeSchedules(3));
    std::_Exit(result.failing == 3 && lock.try_lock() ? 0 : 1);
  };
  EXPECT_EXIT(explore(), testing::ExitedWithCode(0), "");
}

TEST(Ending, ThreadLocalDestructorThatLocks_OfAFinishedTask_LocksNatively) {
  Lock lock("of the thread_local");
  Options options = SomeSchedules(3);
  options.fresh_bodies = true;
  const Result result = Explore([&] { locks_when_its_thread_ends.lock = &lock; }, options);
  EXPECT_TRUE(result.ok()) << result.Text();
}

}  // namespace
}  // namespace selvage
