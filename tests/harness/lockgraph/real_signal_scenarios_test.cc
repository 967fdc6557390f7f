// Scenarios with waits that are no locks: conditions, semaphores, joins, barriers, call_once.
// Numbers: scenarios.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::AnyOf;
using testing::StartsWith;

class RealSignals : public RealScenario {};
SELVAGE_ON_BOTH_STAGES(RealSignals);

// One in whose first schedule there is nothing to wait for.
Analysis PlayUntilItWaits(const std::function<void()>& body) {
  return kSkippedWaitIsSeen ? Record(Stage::kControlled, body) : RecordMany(body);
}

TEST_P(RealSignals, LockTakenBackByAConditionWait_IsFeasible) {
  const auto body = [] {
    Lock a("A"), b("B");
    Condition changed("changed");
    bool ready = false;
    Turns turns;
    Thread t1("t1", [&] {
      const std::lock_guard first(b);
      const std::lock_guard second(a);
      turns.Set(1);
      changed.wait(b, [&] { return ready; });
    });
    Thread t2("t2", [&] {
      turns.Await(2);
      Nest(b, a);
    });
    turns.Await(1);
    b.lock();
    ready = true;
    changed.notify_one();
    b.unlock();
    t1.join();
    turns.Set(2);
  };
  const Analysis analysis = GetParam() == Stage::kNative ? Play(body) : PlayUntilItWaits(body);
  ASSERT_THAT(Strongest(analysis), AnyOf(StartsWith(kTwoThreads), StartsWith("CONFIRMED: ")));
  const std::vector<lockgraph::CyclePart>& parts = analysis.cycles[0].parts;
  EXPECT_TRUE(parts[0].kind == lockgraph::RequestKind::kReacquire ||
              parts[1].kind == lockgraph::RequestKind::kReacquire);
}

TEST_P(RealSignals, ConditionWaitUnderALockThatTheNotifierNeeds_IsCommunication) {
  // Whoever waits keeps the other from notifying, and whoever comes later sees no wait.
  if (!kSkippedWaitIsSeen) GTEST_SKIP() << "no run has both the wait and the notification";
  const Analysis analysis = Play([] {
    Lock a("A"), m("m");
    Condition changed("changed");
    bool ready = false;
    Turns turns;
    const Thread t1("t1", [&] {
      turns.Await(1);
      LetOthersGoOn();
      const std::lock_guard outer(a);
      const std::lock_guard inner(m);
      changed.wait(m, [&] { return ready; });
    });
    const Thread t2("t2", [&] {
      Nest(a);
      const std::lock_guard inner(m);
      ready = true;
      changed.notify_one();
      turns.Set(1);
    });
  });
  EXPECT_THAT(
      Strongest(analysis),
      Says("COMMUNICATION: t2 (thread 0.1) needs A before it notifies changed, and a thread that "
           "waits for that keeps it"));
}

TEST_P(RealSignals, JoinUnderALockThatTheThreadTakes_IsCommunication) {
  const Analysis analysis = Play([] {
    Lock a("A");
    Turns turns;
    Thread t1("t1", [&] {
      Nest(a);
      turns.Set(1);
    });
    turns.Await(1);
    LetOthersGoOn();
    const std::lock_guard guard(a);
    t1.join();
  });
  EXPECT_THAT(
      Strongest(analysis),
      Says("COMMUNICATION: t1 (thread 0.0) needs A before it ends, and is joined by a thread that "
           "holds it or waits for its holder"));
}

template <typename Permits>
void PermitAgainstALock() {
  Lock a("A");
  Permits s(1, "S");
  InTurn({{"t1", [&] { Nest(a, s); }}, {"t2", [&] { Nest(s, a); }}});
}

TEST_P(RealSignals, SemaphoreOfOnePermitAgainstALock_IsFeasible) {
  EXPECT_THAT(Strongest(Play(&PermitAgainstALock<Semaphore>)), StartsWith(kTwoThreads));
  EXPECT_THAT(Strongest(Play(&PermitAgainstALock<BoundedSemaphore>)), StartsWith(kTwoThreads));
}

template <typename Permits>
void TwoPermitsAgainstALock() {
  Lock a("A");
  Permits s(2, "S");
  InTurn({{"t1", [&] { Nest(a, s); }}, {"t2", [&] { Nest(s, a); }}});
}

TEST_P(RealSignals, SemaphoreOfTwoPermitsAgainstALock_IsNoCycle) {
  EXPECT_EQ(Strongest(Play(&TwoPermitsAgainstALock<Semaphore>)), "none");
  EXPECT_EQ(Strongest(Play(&TwoPermitsAgainstALock<BoundedSemaphore>)), "none");
}

void PostAndWait() {
  Lock a("A"), b("B");
  Semaphore s(0, "S");
  const Thread t1("t1", [&] {
    Nest(a, b);
    s.release();
  });
  const Thread t2("t2", [&] {
    s.acquire();
    Nest(b, a);
  });
}

TEST_P(RealSignals, OrderedByASemaphorePost_IsOrderedObserved) {
  EXPECT_EQ(Strongest(Play(&PostAndWait)), kObserved);
  EXPECT_EQ(Strongest(RecordMany(&PostAndWait)), kObserved);
}

TEST_P(RealSignals, InsideCallOnceAndAfterAnotherCall_IsOrdered) {
  const auto body = [] {
    Lock a("A"), b("B");
    OnceFlag once("once");
    const auto initialise = [&] { call_once(once, [&] { Nest(a, b); }); };
    InTurn({{"t1", initialise}, {"t2", [&] {
                                   initialise();
                                   Nest(b, a);
                                 }}});
  };
  EXPECT_THAT(Strongest(Play(body)),
              Says("ORDERED: fork, join or call_once orders t1 (thread 0.0) and t2 (thread 0.1)"));
  EXPECT_THAT(Strongest(RecordMany(body)), StartsWith("ORDERED"));
}

TEST_P(RealSignals, ByTheChildOfAThreadThatHasCalledOnce_IsOrdered) {
  const auto body = [] {
    Lock a("A"), b("B");
    OnceFlag once("once");
    const auto initialise = [&] { call_once(once, [&] { Nest(a, b); }); };
    InTurn({{"t1", initialise}, {"t2", [&] {
                                   initialise();
                                   const Thread child("child", [&] { Nest(b, a); });
                                 }}});
  };
  EXPECT_THAT(Strongest(Play(body)), StartsWith("ORDERED: "));
  EXPECT_THAT(Strongest(RecordMany(body)), StartsWith("ORDERED"));
}

TEST_P(RealSignals, InsideCallOnceAndBeforeAnotherCall_IsFeasible) {
  const auto body = [] {
    Lock a("A"), b("B");
    OnceFlag once("once");
    const auto initialise = [&] { call_once(once, [&] { Nest(a, b); }); };
    InTurn({{"t1", initialise}, {"t2", [&] {
                                   Nest(b, a);
                                   initialise();
                                 }}});
  };
  EXPECT_THAT(Strongest(Play(body)), StartsWith(kTwoThreads));
}

// Whoever comes first does it: in another run that is t2.
TEST_P(RealSignals, BeforeCallOnceAndAfterAnotherCall_IsOrderedObserved) {
  EXPECT_EQ(Strongest(Play([] {
              Lock a("A"), b("B");
              OnceFlag once("once");
              InTurn({{"t1",
                       [&] {
                         Nest(a, b);
                         call_once(once, [] {});
                       }},
                      {"t2", [&] {
                         call_once(once, [] {});
                         Nest(b, a);
                       }}});
            })),
            kObserved);
}

// Everybody knows it by its name, from its first use on.
TEST_P(RealSignals, FunctionLocalStaticUsedByItsMakerFirst_IsFeasible) {
  const bool native = GetParam() == Stage::kNative;
  const auto made_here = [native]() -> Lock& {
    if (native) {
      static Lock x("X");
      return x;
    }
    static Lock x("X");
    return x;
  };
  const auto body = [&] {
    Lock a("A");
    InTurn({{"t1", [&] { Nest(made_here(), a); }}, {"t2", [&] { Nest(a, made_here()); }}});
  };
  EXPECT_THAT(Strongest(Play(body)), StartsWith(kTwoThreads));
}

void NotifyAndWait() {
  Lock a("A"), b("B"), m("m");
  Condition changed("changed");
  bool flag = false;
  const Thread t1("t1", [&] {
    Nest(a, b);
    const std::lock_guard guard(m);
    flag = true;
    changed.notify_one();
  });
  const Thread t2("t2", [&] {
    {
      std::unique_lock guard(m);
      changed.wait(guard, [&] { return flag; });
    }
    Nest(b, a);
  });
}

TEST_P(RealSignals, OrderedByANotification_IsOrderedObserved) {
  if (kSkippedWaitIsSeen) {
    EXPECT_EQ(Strongest(Play(&NotifyAndWait)), kObserved);
    EXPECT_EQ(Strongest(RecordMany(&NotifyAndWait)), kObserved);
  } else {
    // Where nobody waited it is ordered by a lock only, as far as can be seen.
    EXPECT_EQ(Strongest(RecordMany(&NotifyAndWait)), kTwoThreads);
  }
}

// A wait does not say whether its caller has looked; the end of a schedule in which it still waits
// does. Ordinary threads: real_deadlocks_test.cc.
TEST(RealSignalsControlled, NotificationBeforeAnUncheckedWait_IsALostWakeup) {
  const Analysis analysis = Record(Stage::kControlled, [] {
    Lock m("m");
    Condition changed("changed");
    const Thread t1("t1", [&] { changed.notify_one(); });
    const Thread t2("t2", [&] {
      const std::lock_guard guard(m);
      changed.wait(m);
    });
  });
  EXPECT_THAT(Strongest(analysis),
              BeginsWith("COMMUNICATION: lost wakeup: t2 (thread 0.1) waits for "
                         "changed, which t1 (thread 0.0) had notified at "));
}

template <typename Permits>
void ReleasedByAnother() {
  Lock a("A");
  Permits s(1, "S");
  InTurn({{"t1",
           [&] {
             s.acquire();
             Nest(a);
           }},
          {"t2", [&] { s.release(); }},
          {"t3", [&] { Nest(a, s); }}});
}

TEST_P(RealSignals, SemaphoreReleasedByAnotherThread_OwnsNothing) {
  EXPECT_EQ(Strongest(Play(&ReleasedByAnother<Semaphore>)), "none");
  EXPECT_EQ(Strongest(Play(&ReleasedByAnother<BoundedSemaphore>)), "none");
}

TEST_P(RealSignals, BarrierAwaitedUnderALockThatAPeerNeeds_IsCommunication) {
  const Analysis analysis = Play([] {
    Lock a("A");
    Barrier barrier(2, "barrier");
    Turns turns;
    const Thread t1("t1", [&] {
      Nest(a);
      turns.Set(1);
      barrier.wait();
    });
    const Thread t2("t2", [&] {
      turns.Await(1);
      const std::lock_guard guard(a);
      barrier.wait();
    });
  });
  EXPECT_THAT(
      Strongest(analysis),
      Says("COMMUNICATION: t1 (thread 0.0) needs A before it arrives at barrier, and a thread that "
           "waits for that keeps it"));
}

// What a thread does after it has arrived is ordered by nothing.
TEST_P(RealSignals, OppositeOrdersBehindABarrier_AreFeasible) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    Barrier barrier(2, "barrier");
    Turns turns;
    const Thread t1("t1", [&] {
      barrier.wait();
      Nest(a, b);
      turns.Set(1);
    });
    const Thread t2("t2", [&] {
      barrier.wait();
      turns.Await(1);
      Nest(b, a);
    });
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

}  // namespace
}  // namespace selvage::tests
