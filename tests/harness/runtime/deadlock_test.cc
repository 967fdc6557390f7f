// Tasks that can never go on are a deadlock at once, though others run; and only those are.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/once.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Many more operations than any of these bodies needs, and fewer than its ticker would do.
constexpr std::uint64_t kMostSteps = 3'000;

Options Sampled() {
  Options options;
  options.schedules = 200;
  options.max_steps = kMostSteps;
  options.stop_at_first_failure = false;
  options.lock_order = false;
  options.watchdog = seconds(0);
  return options;
}

// `body` beside a task that never waits for anybody, and never ends.
std::function<void()> BesideATicker(std::function<void()> body) {
  return [body = std::move(body)] {
    const Thread ticker(Daemon("ticker"), [] {
      for (;;) SleepFor(milliseconds(1));
    });
    body();
  };
}

// That the body deadlocks in some schedule, that all that deadlock do so in the same way, and that
// none is said to go on for ever.
Finding OnlyDeadlock(const std::function<void()>& body, const Options& options = Sampled()) {
  const Result result = Explore(body, options);
  EXPECT_EQ(result.findings.size(), 1U) << result.Text();
  const Finding found = FindingOf(result, FindingKind::kDeadlock);
  EXPECT_NE(found.summary, "") << result.Text();
  EXPECT_LT(result.steps, result.schedules * 200) << result.Text();
  return found;
}

template <typename FirstLock, typename SecondLock>
void OppositeOrders(FirstLock& first, SecondLock& second) {
  Thread forth("forth", [&] {
    const std::lock_guard outer(first);
    const std::lock_guard inner(second);
  });
  Thread back("back", [&] {
    const std::lock_guard outer(second);
    const std::lock_guard inner(first);
  });
  forth.join();
  back.join();
}

TEST(Deadlock, CircleOfLocks_IsOneWhileATickerRuns) {
  const Finding found = OnlyDeadlock(BesideATicker([] {
    Lock a("a");
    Lock b("b");
    OppositeOrders(a, b);
  }));
  EXPECT_EQ(found.summary,
            "forth waits for Lock 'b', which back holds; back waits for Lock 'a', which forth "
            "holds");
  EXPECT_THAT(found.details, HasSubstr("ticker could still run"));
  EXPECT_THAT(found.trace, Not(HasSubstr("sleep  [never]")));
}

TEST(Deadlock, CircleOfRecursiveLocks_IsOne) {
  OnlyDeadlock(BesideATicker([] {
    RLock a("a");
    RLock b("b");
    OppositeOrders(a, b);
  }));
}

TEST(Deadlock, CircleOfReadWriteLocks_IsOneUnderEveryPolicy) {
  for (const SharedLockPolicy policy : {SharedLockPolicy::kReadersFirst,
                                        SharedLockPolicy::kWritersFirst, SharedLockPolicy::kFair}) {
    OnlyDeadlock(BesideATicker([policy] {
      SharedLock a("a", policy);
      Lock b("b");
      OppositeOrders(a, b);
    }));
  }
}

TEST(Deadlock, ReaderThatWaitsForTheWriterOfItsLock_IsOne) {
  const Finding found = OnlyDeadlock(BesideATicker([] {
    SharedLock table("table");
    Lock log("log");
    Thread reader("reader", [&] {
      const SharedGuard reading(table);
      const Guard logging(log);
    });
    const Guard logging(log);
    const std::lock_guard writing(table);
  }));
  EXPECT_EQ(found.summary,
            "main waits for SharedLock 'table', which reader holds; reader waits for Lock 'log', "
            "which main holds");
}

TEST(Deadlock, TwoReadersThatBothWantToWrite_AreOne) {
  const Result result = Explore(BesideATicker([] {
                                  SharedLock table("table");
                                  Event reading;
                                  Thread other("other", [&] {
                                    const SharedGuard guard(table);
                                    reading.set();
                                    SleepFor(milliseconds(5));
                                    table.lock();
                                  });
                                  reading.wait();
                                  table.lock_shared();
                                  table.lock();
                                }),
                                Sampled());
  EXPECT_EQ(result.failing, result.schedules) << result.Text();
  for (const Finding& finding : result.findings) EXPECT_EQ(finding.kind, FindingKind::kDeadlock);
}

TEST(Deadlock, ReaderInLineBehindAWriterThatWaitsForIt_IsOne) {
  const Finding found = OnlyDeadlock(BesideATicker([] {
    SharedLock table("table", SharedLockPolicy::kFair);
    Thread writer("writer", [&] {
      table.lock();
      table.unlock();
    });
    table.lock_shared();
    table.lock_shared();
    table.unlock_shared();
    table.unlock_shared();
  }));
  EXPECT_EQ(found.summary,
            "main waits for SharedLock 'table', behind writer; writer waits for SharedLock "
            "'table', which main holds");
}

TEST(Deadlock, JoinOfATaskThatWaitsForTheJoiner_IsOne) {
  const Finding found = OnlyDeadlock(BesideATicker([] {
    Lock lock("lock");
    Thread worker("worker", [&] { const Guard guard(lock); });
    const Guard guard(lock);
    worker.join();
  }));
  EXPECT_EQ(found.summary,
            "main waits for the end of worker; worker waits for Lock 'lock', which main holds");
}

TEST(Deadlock, FutureWhoseTaskWaitsForTheWaiter_IsOne) {
  const Finding found = OnlyDeadlock(BesideATicker([] {
    Lock lock("lock");
    ThreadPoolExecutor pool(1, "pool");
    const Guard guard(lock);
    auto done = pool.submit([&] { const Guard inner(lock); });
    done.get();
  }));
  EXPECT_THAT(found.summary, AllOf(HasSubstr("main waits in get of Future"),
                                   HasSubstr("waits for Lock 'lock', which main holds")));
}

TEST(Deadlock, WaiterThatKeepsAnotherLock_IsOneForWhoeverNeedsBoth) {
  const Finding found = OnlyDeadlock(BesideATicker([] {
    Lock outer("outer");
    Lock inner("inner");
    Condition changed("changed");
    Event waiting("waiting");
    bool done = false;
    Thread waiter("waiter", [&] {
      const Guard keeps(outer);
      inner.lock();
      waiting.set();
      while (!done) changed.wait(inner);
      inner.unlock();
    });
    waiting.wait();
    inner.lock();
    outer.lock();
    done = true;
    changed.notify_all();
    outer.unlock();
    inner.unlock();
  }));
  EXPECT_THAT(found.summary, HasSubstr("main waits for Lock 'outer', which waiter holds"));
}

TEST(Deadlock, LockOfATaskThatHasEnded_IsOneForWhoeverWaitsForIt) {
  const Result result = Explore(BesideATicker([] {
                                  Lock lock("lock");
                                  Thread forgetful("forgetful", [&] { lock.lock(); });
                                  forgetful.join();
                                  lock.lock();
                                }),
                                Sampled());
  EXPECT_EQ(FindingOf(result, FindingKind::kDeadlock).summary,
            "main waits for Lock 'lock', which forgetful holds although it has ended");
  EXPECT_TRUE(result.Has(FindingKind::kLeakedLock));
  EXPECT_EQ(result.findings.size(), 2U) << result.Text();
}

TEST(Deadlock, LockThatItsTaskTakesToItsEnd_IsOneForThoseWhoWaitAlready) {
  const Result result = Explore(BesideATicker([] {
                                  Lock lock("lock");
                                  Thread forgetful("forgetful", [&] {
                                    lock.lock();
                                    Yield();
                                  });
                                  const Guard guard(lock);
                                }),
                                Sampled());
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  EXPECT_FALSE(result.Has(FindingKind::kLivelock)) << result.Text();
  EXPECT_FALSE(result.Has(FindingKind::kUnfinished)) << result.Text();
}

TEST(Deadlock, FunctionThatIsCalledOnceAndCallsItself_IsOne) {
  OnlyDeadlock(BesideATicker([] {
    OnceFlag once("once");
    std::function<void()> initialise = [&] { call_once(once, initialise); };
    call_once(once, initialise);
  }));
}

// --- One fault is one finding ---

void LockTwice(Lock& lock) {
  lock.lock();
  lock.lock();
}

TEST(Deadlock, OfOneTaskWithItself_IsOneFindingWhateverTheOthersDo) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Options options = Sampled();
    options.seed = seed;
    options.schedules = 50;
    const Finding found = OnlyDeadlock(
        [] {
          Lock lock("lock");
          Lock other("other");
          Event told("told");
          Thread a("a", [&] { LockTwice(lock); });
          Thread b("b", [&] {
            for (int i = 0; i < 3; ++i) const Guard guard(other);
            told.set();
          });
          Thread c("c", [&] { told.wait(); });
          b.join();
        },
        options);
    EXPECT_EQ(found.summary, "a waits for Lock 'lock', which it holds itself");
    EXPECT_THAT(found.trace, Not(HasSubstr("start  [never]")));
  }
}

TEST(Deadlock, OfAnyOfSeveralWorkers_IsOneFinding) {
  const Finding found = OnlyDeadlock([] {
    Lock lock("lock");
    std::vector<Thread> workers;
    for (int i = 0; i < 4; ++i) workers.emplace_back([&] { LockTwice(lock); });
  });
  EXPECT_THAT(found.summary, HasSubstr("which it holds itself"));
}

TEST(Deadlock, TasksThatWaitForThoseInTheCircle_AreListedButNotItsCause) {
  Options options = Sampled();
  options.schedules = 1'000;
  const Finding found = OnlyDeadlock(BesideATicker([] {
                                       Lock a("a");
                                       Lock b("b");
                                       Thread bystander("bystander", [&] { const Guard guard(a); });
                                       OppositeOrders(a, b);
                                     }),
                                     options);
  EXPECT_THAT(found.summary, Not(HasSubstr("bystander")));
  EXPECT_THAT(found.summary, Not(HasSubstr("main")));
}

// --- What is none ---

TEST(Deadlock, WaitThatARunningTaskMightEnd_IsNone) {
  for (int i = 0; i < 5; ++i) {
    const auto body = [i] {
      Lock keeps("keeps");
      Event event;
      Semaphore permit(0);
      Queue<int> queue;
      Condition changed;
      Lock lock;
      bool done = false;
      Thread late("late", [&] {
        SleepFor(seconds(1));
        event.set();
        permit.release();
        queue.put(1);
        const Guard guard(lock);
        done = true;
        changed.notify_all();
      });
      Thread waiter("waiter", [&] {
        const Guard guard(keeps);
        if (i == 0) event.wait();
        if (i == 1) permit.acquire();
        if (i == 2) queue.get();
        if (i == 3) {
          lock.lock();
          while (!done) changed.wait(lock);
          lock.unlock();
        }
      });
      const Guard guard(keeps);
    };
    const Result result = Explore(body, Sampled());
    EXPECT_TRUE(result.ok()) << result.Text();
  }
}

TEST(Deadlock, CircleWithADeadlineInIt_IsNone) {
  const Result result = Explore(
      [] {
        Lock a("a");
        Lock b("b");
        Thread other([&] {
          const Guard outer(b);
          const Guard inner(a);
        });
        const Guard outer(a);
        if (b.try_lock_for(milliseconds(1))) b.unlock();
      },
      Sampled());
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(Deadlock, ReaderInLineBehindAWriterThatGivesUp_IsNone) {
  for (const SharedLockPolicy policy : {SharedLockPolicy::kWritersFirst, SharedLockPolicy::kFair}) {
    const Result result = Explore(
        [policy] {
          SharedLock table("table", policy);
          Thread writer([&] {
            if (table.try_lock_for(milliseconds(1))) table.unlock();
          });
          table.lock_shared();
          table.lock_shared();
          table.unlock_shared();
          table.unlock_shared();
        },
        Sampled());
    EXPECT_TRUE(result.ok()) << result.Text();
  }
}

TEST(Deadlock, QueueForOneLockWhoseHolderWaitsForThePool_IsNone) {
  const Result result = Explore(
      [] {
        Lock lock("lock");
        ThreadPoolExecutor pool(2, "pool");
        auto free = pool.submit([] { Yield(); });
        std::vector<Thread> others;
        for (int i = 0; i < 2; ++i) others.emplace_back([&] { const Guard guard(lock); });
        const Guard guard(lock);
        free.get();
      },
      Sampled());
  // The destructors of `others` come after that of the guard.
  EXPECT_TRUE(result.ok()) << result.Text();
}

// --- Daemons ---

void DaemonThatWaitsForItems(Queue<int>& queue) {
  const Thread daemon(Daemon("logger"), [&] {
    for (;;) queue.get();
  });
  queue.put(1);
}

TEST(Deadlock, DaemonThatIsBlockedForEver_IsListedWithTheDeadlockOfOthers) {
  const Finding found = OnlyDeadlock([] {
    Queue<int> queue(0, "lines");
    Event never("never");
    DaemonThatWaitsForItems(queue);
    never.wait();
  });
  EXPECT_EQ(found.summary, "main waits in wait of Event 'never'");
  EXPECT_THAT(found.details, HasSubstr("daemon logger waits in get of Queue 'lines'"));
}

TEST(Deadlock, DaemonThatIsBlockedForEver_IsAFindingOnRequestOnly) {
  const auto body = [] {
    static Queue<int> queue(0, "lines");
    DaemonThatWaitsForItems(queue);
    while (!queue.empty()) SleepFor(milliseconds(1));
  };
  Options options = Sampled();
  EXPECT_TRUE(Explore(body, options).ok());
  options.blocked_daemons = true;
  const Result result = Explore(body, options);
  EXPECT_TRUE(
      OnlyFinding(result, FindingKind::kDeadlock, "daemon logger waits in get of Queue 'lines'"))
      << result.Text();
}

TEST(Deadlock, DaemonThatAnotherDaemonMightWake_IsNotBlockedForEver) {
  Options options = Sampled();
  options.blocked_daemons = true;
  const Result result = Explore(
      [] {
        static Event tick;
        const Thread ticker(Daemon("ticker"), [] {
          for (;;) {
            SleepFor(milliseconds(1));
            tick.set();
          }
        });
        const Thread daemon(Daemon("waiter"), [] { tick.wait(); });
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
}

TEST(Deadlock, CircleOfDaemons_IsOne) {
  OnlyDeadlock([] {
    static Lock a("a");
    static Lock b("b");
    const Thread forth(Daemon("forth"), [] {
      const Guard outer(a);
      const Guard inner(b);
    });
    const Thread back(Daemon("back"), [] {
      const Guard outer(b);
      const Guard inner(a);
    });
    SleepFor(seconds(1));
  });
}

// --- It can be seen again ---

TEST(Deadlock, BesideATicker_IsReplayedByItsToken) {
  const auto body = BesideATicker([] {
    Lock a("a");
    Lock b("b");
    OppositeOrders(a, b);
  });
  Options options = Sampled();
  const std::string token = OnlyDeadlock(body, options).token;
  options.replay = token;
  const Result replayed = Explore(body, options);
  EXPECT_TRUE(replayed.Has(FindingKind::kDeadlock)) << replayed.Text();
}

}  // namespace
}  // namespace selvage
