// Ordinary threads that deadlock: the recorder says so and ends the process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "selvage/harness/explore.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/bounded_semaphore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/harness/lockgraph/reported_deadlock.h"

namespace selvage::tests {
namespace {

class RealDeadlocks : public ReportedDeadlock {};

constexpr char kTwo[] = "two threads wait for each other";

void OfLocks() {
  Lock a("A"), b("B");
  TakeInOppositeOrders(a, b);
}
TEST_F(RealDeadlocks, OfTwoLocks_IsReported) { ExpectReported(&OfLocks, kTwo); }

void OfRecursiveLocks() {
  RLock a("A"), b("B");
  a.lock();
  a.unlock();
  TakeInOppositeOrders(a, b);
}
TEST_F(RealDeadlocks, OfTwoRecursiveLocks_IsReported) { ExpectReported(&OfRecursiveLocks, kTwo); }

void OfSharedLocks() {
  SharedLock a("A"), b("B", SharedLockPolicy::kReadersFirst);
  TakeInOppositeOrders(a, b);
}
TEST_F(RealDeadlocks, OfTwoSharedLocks_IsReported) { ExpectReported(&OfSharedLocks, kTwo); }

void OfReadersThatWrite() {
  SharedLock a("A"), b("B", SharedLockPolicy::kFair);
  Meeting both_hold(2);
  const Thread one("one", [&] {
    a.lock_shared();
    both_hold.Arrive();
    b.lock();
  });
  const Thread other("other", [&] {
    b.lock_shared();
    both_hold.Arrive();
    a.lock();
  });
}
TEST_F(RealDeadlocks, OfReadersThatWriteTheOthersLock_IsReported) {
  ExpectReported(&OfReadersThatWrite, kTwo);
}

void OfAReaderBehindAWriter() {
  SharedLock a("A");
  Lock b("B");
  Meeting both_hold(2);
  const Thread one("one", [&] {
    a.lock_shared();
    both_hold.Arrive();
    b.lock();
  });
  const Thread other("other", [&] {
    b.lock();
    both_hold.Arrive();
    const Thread writer(Daemon("writer"), [&] { a.lock(); });
    while (a.try_lock_shared()) {  // until the writer waits
      a.unlock_shared();
      std::this_thread::yield();
    }
    a.lock_shared();
  });
}
TEST_F(RealDeadlocks, OfAReaderQueuedBehindAWriter_IsReported) {
  ExpectReported(&OfAReaderBehindAWriter, "three threads wait for each other");
}

template <typename Permits>
void OfAPermitAndALock() {
  Permits s(1, "S");
  Lock a("A");
  TakeInOppositeOrders(s, a);
}
TEST_F(RealDeadlocks, OfASemaphoreAndALock_IsReported) {
  ExpectReported(&OfAPermitAndALock<Semaphore>, kTwo);
}
TEST_F(RealDeadlocks, OfABoundedSemaphoreAndALock_IsReported) {
  ExpectReported(&OfAPermitAndALock<BoundedSemaphore>, kTwo);
}

void OfAThreadAndItsJoiner() {
  Lock a("A");
  a.lock();
  Thread("child", [&] { a.lock(); }).join();
}
TEST_F(RealDeadlocks, OfAThreadAndItsJoiner_IsReported) {
  ExpectReported(&OfAThreadAndItsJoiner, kTwo);
}

void OfAWaitThatTakesItsLockBack() {
  Lock a("A"), b("B");
  Condition changed("changed");
  Turns turns;
  const Thread one("one", [&] {
    b.lock();
    a.lock();
    turns.Set(1);
    changed.wait(b);
  });
  const Thread other("other", [&] {
    turns.Await(1);
    b.lock();
    changed.notify_one();
    a.lock();
  });
}
TEST_F(RealDeadlocks, OfAWaitThatTakesItsLockBack_IsReported) {
  ExpectReported(&OfAWaitThatTakesItsLockBack, kTwo);
}

// Whatever the notification was about, nobody could look at it under a lock that only the waiter
// takes. Nothing here is destroyed, since the waiter still waits at the end.
void NotifiesBeforeTheWait(bool takes_the_lock) {
  auto& m = *new Lock("m");
  auto& changed = *new Condition("changed");
  auto& turns = *new Turns;
  Thread("t1", [&] {
    if (takes_the_lock) {
      m.lock();
      m.unlock();
    }
    changed.notify_one();
  }).join();
  const Thread t2(Daemon("t2"), [&] {
    m.lock();
    turns.Set(1);
    changed.wait(m);
  });
  turns.Await(1);
  while (m.locked()) std::this_thread::yield();
}
TEST_F(RealDeadlocks, NotificationBeforeAnUncheckedWait_IsALostWakeup) {
  EXPECT_EXIT(
      {
        lockgraph::RecordProcess(path_);
        NotifiesBeforeTheWait(false);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "COMMUNICATION: lost wakeup");
  const auto graph = report::ReadLockOrderFile(path_);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_THAT(Strongest(Analyse(*graph)),
              testing::StartsWith("COMMUNICATION: lost wakeup: t2 (thread 0.1) waits for changed, "
                                  "which t1 (thread 0.0) had notified at "));
}
TEST_F(RealDeadlocks, NotificationBeforeAWaitThatMayHaveLooked_IsNone) {
  EXPECT_EXIT(
      {
        lockgraph::RecordProcess(path_);
        NotifiesBeforeTheWait(true);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "^$");
}

// In a schedule it is a finding of its own, and a directed schedule confirms the cycle.
TEST(RealDeadlocksControlled, OfTheFirstSchedule_IsFoundAndConfirmed) {
  Options options;
  options.strategy = "exhaustive";
  options.schedules = 1;
  options.lock_order_report = true;
  options.shrink = false;
  options.stop_at_first_failure = false;
  const Result result = Explore(
      [] {
        Lock a("A"), b("B");
        Barrier both_hold(2, "both hold");
        const auto take = [&](Lock& first, Lock& second) {
          first.lock();
          both_hold.wait();
          second.lock();
        };
        const Thread one("one", [&] { take(a, b); });
        const Thread other("other", [&] { take(b, a); });
      },
      options);
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  const auto graph = report::ReadLockOrderJson(result.lock_order);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(Strongest(Analyse(*graph)),
            "CONFIRMED: a schedule made it happen; replay it with the token below");
}

// The second permit comes back whatever the two threads wait for.
void TwoPermits() {
  Semaphore s(2, "S");
  Lock a("A");
  Turns turns;
  const Thread one("one", [&] {
    s.acquire();
    turns.Set(1);
    a.lock();
    a.unlock();
    s.release();
  });
  const Thread third("third", [&] {
    turns.Await(1);
    s.acquire();
    turns.Set(2);
    turns.Await(3);
    s.release();
  });
  const Thread other("other", [&] {
    a.lock();
    turns.Await(2);
    turns.Set(3);
    s.acquire();
    a.unlock();
    s.release();
  });
}
TEST_F(RealDeadlocks, AmongSeveralPermits_IsNone) {
  EXPECT_EXIT(
      {
        lockgraph::RecordProcess(path_);
        TwoPermits();
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace selvage::tests
