// Predicted deadlocks that directed schedules make happen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/primitives/atomic.h"
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

// The deadlock that tells of its cycle, too, if it has happened; else an empty finding.
Finding ConfirmedDeadlock(const Result& result) {
  for (const Finding& finding : result.findings) {
    if (finding.kind == FindingKind::kDeadlock &&
        finding.details.find("as a lock-order cycle, CONFIRMED:") != std::string::npos &&
        finding.details.find("replay token: " + finding.token) != std::string::npos) {
      return finding;
    }
  }
  return {};
}

// The strongest cycle of its report.
lockgraph::Cycle StrongestOf(const Result& result) {
  const auto graph = report::ReadLockOrderJson(result.lock_order);
  EXPECT_TRUE(graph.ok()) << graph.status();
  const lockgraph::Analysis analysis = lockgraph::Analyse(*graph);
  return analysis.cycles.empty() ? lockgraph::Cycle() : analysis.cycles.front();
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
  const std::string token = ConfirmedDeadlock(result).token;
  ASSERT_NE(token, "") << result.Text();
  Options replay;
  replay.replay = token;
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
  Options replay;
  replay.replay = ConfirmedDeadlock(result).token;
  ASSERT_NE(replay.replay, "") << result.Text();
  EXPECT_TRUE(Explore(body, replay).Has(FindingKind::kDeadlock));
}

// What every schedule shows is no less certain than what a directed one does.
TEST(Confirm, DeadlockOfAnySchedule_IsConfirmedByItsOwnToken) {
  for (const bool confirm : {true, false}) {
    Options options;
    options.confirm_cycles = confirm;
    options.lock_order_report = true;
    const Result result = Explore(&TakeInOppositeOrders, options);
    EXPECT_EQ(result.findings.size(), 1u) << result.Text();
    const std::string token = ConfirmedDeadlock(result).token;
    const lockgraph::Cycle cycle = StrongestOf(result);
    EXPECT_EQ(cycle.verdict, lockgraph::Verdict::kConfirmed);
    EXPECT_EQ(cycle.replay_token, token);
    EXPECT_THAT(result.coverage, Not(HasSubstr("directed")));
  }
}

TEST(Confirm, ReportOfAReplay_SaysThatItHappened) {
  Options options;
  options.replay = ConfirmedDeadlock(Explore(&TakeInOppositeOrders, OneSchedule())).token;
  options.lock_order_report = true;
  const Result result = Explore(&TakeInOppositeOrders, options);
  EXPECT_EQ(result.findings.size(), 1u) << result.Text();
  const lockgraph::Cycle cycle = StrongestOf(result);
  EXPECT_EQ(cycle.verdict, lockgraph::Verdict::kConfirmed);
  EXPECT_EQ(cycle.replay_token, options.replay);
}

// The one that was made second is used first.
TEST(Confirm, LocksOfOnePlace_HaveOneNumberInTheDeadlockAndInItsCycle) {
  const auto body = [] {
    std::vector<std::unique_ptr<Lock>> locks;
    for (int i = 0; i < 3; ++i) locks.push_back(std::make_unique<Lock>("fork"));
    const std::lock_guard last(*locks[2]);
    const Thread other("other", [&] {
      const std::lock_guard outer(*locks[1]);
      const std::lock_guard inner(*locks[0]);
    });
    const std::lock_guard outer(*locks[0]);
    const std::lock_guard inner(*locks[1]);
  };
  const Result result = Explore(body, Options());
  const Finding deadlock = ConfirmedDeadlock(result);
  EXPECT_THAT(deadlock.summary, HasSubstr("other waits for Lock 'fork' #1, which main holds"));
  EXPECT_THAT(deadlock.details, HasSubstr("holds fork#2, taken"));
  EXPECT_THAT(deadlock.details, HasSubstr("asks for fork#1, at"));
  EXPECT_THAT(deadlock.details, Not(HasSubstr("asks for fork#3")));
  EXPECT_THAT(deadlock.details, Not(HasSubstr("selvage_call_noting_throws")));
}

// The cycle is no prediction of the deadlock: other locks of the same place are in it.
TEST(Confirm, DeadlockOfOtherLocks_ConfirmsNothing) {
  const auto body = [] {
    Lock a("a"), b("b"), c("c"), d("d");
    Atomic<int> turn(0, "turn");
    const Thread first("first", [&] {
      {
        const Guard outer(a);
        const Guard inner(b);
      }
      turn.store(1, std::memory_order_relaxed);
      const Guard outer(c);
      const Guard inner(d);
    });
    const Thread second("second", [&] {
      if (turn.load(std::memory_order_relaxed) == 0) return;
      {
        const Guard outer(b);
        const Guard inner(a);
      }
      const Guard outer(d);
      const Guard inner(c);
    });
  };
  Options options;
  options.lock_order_report = true;
  options.stop_at_first_failure = false;
  const Result result = Explore(body, options);
  EXPECT_THAT(ConfirmedDeadlock(result).summary, HasSubstr("'c'")) << result.Text();
  const Finding cycle = FindingOf(result, FindingKind::kLockOrderCycle);
  EXPECT_THAT(cycle.summary, AllOf(HasSubstr("FEASIBLE"), Not(HasSubstr("not replayed"))));
  EXPECT_THAT(cycle.details, HasSubstr("did not happen in 200 directed schedules"));
}

// Any two of them deadlock at the same places; the report shows one such pair.
TEST(Confirm, DeadlockOfAnyOfManyPairs_IsToldOnce) {
  const auto body = [] {
    Semaphore permits(2, "permits");
    std::vector<Thread> threads;
    for (int i = 0; i < 5; ++i) {
      threads.emplace_back([&permits] {
        permits.acquire();
        permits.acquire();
        permits.release(2);
      });
    }
  };
  for (const char* strategy : {"random", "pct:3", "exhaustive"}) {
    Options options;
    options.strategy = strategy;
    options.schedules = 100;
    const Result result = Explore(body, options);
    EXPECT_FALSE(result.Has(FindingKind::kLockOrderCycle)) << result.Text();
    EXPECT_NE(ConfirmedDeadlock(result).token, "") << result.Text();
  }
}

TEST(Confirm, WhatWasNotTried_SaysWhy) {
  Options options = OneSchedule();
  options.confirm_cycles = false;
  EXPECT_THAT(
      FindingOf(Explore(&TakeInOppositeOrders, options), FindingKind::kLockOrderCycle).details,
      HasSubstr("not tried: Options::confirm_cycles is off"));
  options = OneSchedule();
  options.time_budget = std::chrono::nanoseconds(1);
  EXPECT_THAT(
      FindingOf(Explore(&TakeInOppositeOrders, options), FindingKind::kLockOrderCycle).details,
      HasSubstr("not tried: no time was left"));
}

// A directed schedule that would hold the first one at its request has to let it go: the other one
// only spins.
TEST(Confirm, OrderByAPolledFlag_IsNoLivelockOfADirectedSchedule) {
  for (const auto order : {std::memory_order_relaxed, std::memory_order_seq_cst}) {
    const auto body = [order] {
      Lock a("a");
      Lock b("b");
      Atomic<bool> done(false, "done");
      const Thread first("first", [&] {
        {
          const Guard outer(a);
          const Guard inner(b);
        }
        done.store(true, order);
      });
      while (!done.load(order)) Yield();
      const Guard outer(b);
      const Guard inner(a);
    };
    const Result result = Explore(body, Options());
    EXPECT_FALSE(result.Has(FindingKind::kLivelock)) << result.Text();
    EXPECT_FALSE(result.Has(FindingKind::kDeadlock)) << result.Text();
  }
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
  EXPECT_NE(ConfirmedDeadlock(result).token, "") << result.Text();
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
  EXPECT_NE(ConfirmedDeadlock(result).token, "") << result.Text();
}

// Schedules that hold nobody at a request would as good as never have all of them there at once.
TEST(Confirm, RingOfSixteenLocksMadeAtOnePlace_IsMadeToDeadlock) {
  const auto dine = [] {
    std::array<Lock, 16> forks;
    Dine(forks);
  };
  const Result result = Explore(dine, OneSchedule());
  EXPECT_NE(ConfirmedDeadlock(result).token, "") << result.Text();
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
