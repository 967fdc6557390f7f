// Predicted deadlocks that directed schedules make happen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/atomic.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// One schedule without a preemption: what it predicts has not happened in it.
Options OneSchedule() {
  Options options;
  options.strategy = "exhaustive";
  options.schedules = 1;
  return options;
}

void TakeInOppositeOrders() {
  Lock a("a");
  Lock b("b");
  const Thread first("first", [&] {
    const Guard outer(a);
    const Guard inner(b);
  });
  const Thread second("second", [&] {
    const Guard outer(b);
    const Guard inner(a);
  });
}

TEST(Confirm, PredictedDeadlock_IsMadeToHappenAndItsTokenReplaysIt) {
  const Result result = Explore(&TakeInOppositeOrders, OneSchedule());
  ASSERT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  const Finding cycle = FindingOf(result, FindingKind::kLockOrderCycle);
  EXPECT_THAT(cycle.summary, HasSubstr("CONFIRMED"));
  ASSERT_NE(cycle.token, "");
  Options replay;
  replay.replay = cycle.token;
  EXPECT_TRUE(Explore(&TakeInOppositeOrders, replay).Has(FindingKind::kDeadlock));
}

TEST(Confirm, DeadlockOfSomeTasks_IsMadeToHappenThoughOthersRunOn) {
  const auto body = [] {
    const Thread ticker(Daemon("ticker"), [] {
      for (;;) SleepFor(std::chrono::milliseconds(1));
    });
    TakeInOppositeOrders();
  };
  const Result result = Explore(body, OneSchedule());
  EXPECT_THAT(FindingOf(result, FindingKind::kDeadlock).summary,
              AllOf(HasSubstr("first waits for Lock 'b'"), HasSubstr("second waits for Lock 'a'")));
  const Finding cycle = FindingOf(result, FindingKind::kLockOrderCycle);
  EXPECT_THAT(cycle.summary, HasSubstr("CONFIRMED")) << result.Text();
  Options replay;
  replay.replay = cycle.token;
  EXPECT_TRUE(Explore(body, replay).Has(FindingKind::kDeadlock));
}

// What std::scoped_lock tries it waits for only where the try fails.
TEST(Confirm, DeadlockWithATriedMemberOfAScopedLock_IsMadeToHappen) {
  const auto body = [] {
    Lock a("a");
    Lock b("b");
    Lock c("c");
    const Thread first("first", [&] {
      const Guard outer(a);
      const std::scoped_lock both(b, c);
    });
    const Thread second("second", [&] {
      const Guard outer(c);
      const Guard inner(a);
    });
  };
  const Result result = Explore(body, OneSchedule());
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  EXPECT_THAT(FindingOf(result, FindingKind::kLockOrderCycle).summary, HasSubstr("CONFIRMED"));
}

TEST(Confirm, SwitchedOff_ThePredictionStays) {
  Options options = OneSchedule();
  options.confirm_cycles = false;
  const Result result = Explore(&TakeInOppositeOrders, options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLockOrderCycle, "FEASIBLE")) << result.Text();
}

// As many philosophers as forks; each takes its own and then the next one's.
template <std::size_t count>
void Dine(std::array<Lock, count>& forks) {
  std::vector<Thread> philosophers;
  for (std::size_t i = 0; i < count; ++i) {
    philosophers.emplace_back([&forks, i] {
      const Guard left(forks[i]);
      const Guard right(forks[(i + 1) % count]);
    });
  }
}

TEST(Confirm, RingOfFiveLocks_IsMadeToDeadlock) {
  const auto dine = [] {
    std::array<Lock, 5> forks{Lock("fork 0"), Lock("fork 1"), Lock("fork 2"), Lock("fork 3"),
                              Lock("fork 4")};
    Dine(forks);
  };
  const Result result = Explore(dine, OneSchedule());
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  EXPECT_THAT(FindingOf(result, FindingKind::kLockOrderCycle).summary, HasSubstr("CONFIRMED"));
}

// Schedules that hold nobody at a request would as good as never have all of them there at once.
TEST(Confirm, RingOfSixteenLocksMadeAtOnePlace_IsMadeToDeadlock) {
  const auto dine = [] {
    std::array<Lock, 16> forks;
    Dine(forks);
  };
  const Result result = Explore(dine, OneSchedule());
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  EXPECT_THAT(FindingOf(result, FindingKind::kLockOrderCycle).summary, HasSubstr("CONFIRMED"));
}

TEST(Confirm, RequestInALaterIteration_IsMet) {
  const auto body = [] {
    Lock a("a");
    Lock b("b");
    const Thread first("first", [&] {
      for (int i = 0; i < 3; ++i) {
        const Guard outer(a);
        if (i == 2) const Guard inner(b);
      }
    });
    const Thread second("second", [&] {
      const Guard outer(b);
      const Guard inner(a);
    });
  };
  EXPECT_TRUE(Explore(body, OneSchedule()).Has(FindingKind::kDeadlock));
}

// Relaxed: else it is seen that one comes after the other.
TEST(Confirm, CycleThatTheProgramExcludesOtherwise_IsSaidNotToHaveHappened) {
  const auto body = [] {
    Lock a("a");
    Lock b("b");
    Atomic<int> done(0, "done");
    const Thread first("first", [&] {
      {
        const Guard outer(a);
        const Guard inner(b);
      }
      done.store(1, std::memory_order_relaxed);
    });
    const Thread second("second", [&] {
      if (done.load(std::memory_order_relaxed) == 0) return;
      const Guard outer(b);
      const Guard inner(a);
    });
  };
  Options options;
  options.stop_at_first_failure = false;
  const Result result = Explore(body, options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLockOrderCycle, "FEASIBLE")) << result.Text();
  EXPECT_THAT(FindingOf(result, FindingKind::kLockOrderCycle).details,
              HasSubstr("did not happen in 200 directed schedules"));
}

// In the first schedule the notifier is through before the waiter looks.
TEST(Confirm, WaitUnderALockThatTheNotifierNeeds_IsMadeToDeadlock) {
  const auto body = [] {
    Lock outer("outer");
    Lock inner("inner");
    Condition ready("ready");
    bool is_ready = false;
    const Thread notifier("notifier", [&] {
      const Guard guard(outer);
      const Guard inner_guard(inner);
      is_ready = true;
      ready.notify_all();
    });
    const Thread waiter("waiter", [&] {
      const Guard guard(outer);
      const Guard inner_guard(inner);
      ready.wait(inner, [&] { return is_ready; });
    });
  };
  Options options = OneSchedule();
  options.confirm_cycles = false;
  EXPECT_TRUE(OnlyFinding(Explore(body, options), FindingKind::kLockOrderCycle, "COMMUNICATION"));
  EXPECT_TRUE(Explore(body, OneSchedule()).Has(FindingKind::kDeadlock));
}

TEST(Confirm, TimeBudget_HoldsForDirectedSchedulesToo) {
  Options options = OneSchedule();
  options.time_budget = std::chrono::nanoseconds(1);
  const Result result = Explore(&TakeInOppositeOrders, options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLockOrderCycle, "FEASIBLE")) << result.Text();
}

TEST(Confirm, CleanBody_RunsNoScheduleMore) {
  const auto body = [] {
    Lock a("a");
    const Thread other([&] { const Guard guard(a); });
    const Guard guard(a);
  };
  Options options;
  options.schedules = 10;
  const Result result = Explore(body, options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(result.schedules, 10u);
}

TEST(Confirm, DirectedSchedules_AreCountedWithTheOthers) {
  Options options;
  options.schedules = 1;
  const Result result = Explore(
      [] {
        Lock a("a");
        Lock b("b");
        const Thread other([&] {
          const Guard first(b);
          const Guard second(a);
        });
        Yield();
        const Guard first(a);
        const Guard second(b);
      },
      options);
  ASSERT_GT(result.schedules, 1U) << result.Text();
  const std::uint64_t directed = result.schedules - 1;
  EXPECT_THAT(
      result.coverage,
      testing::AllOf(testing::StartsWith("1 schedule, "),
                     testing::HasSubstr("\n" + std::to_string(directed) + " further schedule"),
                     testing::HasSubstr(" directed at predicted deadlocks\n")));
}

}  // namespace
}  // namespace selvage
