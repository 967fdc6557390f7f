// Scenarios with waits that are no locks: conditions, semaphores, joins, futures, queues, barriers.
// Numbers: scenarios.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/bounded_semaphore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/once.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// In a schedule: lets all others go on until they wait.
void LetOthersGoOn() {
  Thread("visitor", [] {}).join();
}

class RealSignals : public RealScenario {};
SELVAGE_ON_BOTH_STAGES(RealSignals);

TEST_P(RealSignals, LockTakenBackByAConditionWait_IsFeasible) {
  const Analysis analysis = Play([] {
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
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
  const std::vector<lockgraph::CyclePart>& parts = analysis.cycles[0].parts;
  EXPECT_TRUE(parts[0].kind == lockgraph::RequestKind::kReacquire ||
              parts[1].kind == lockgraph::RequestKind::kReacquire);
}

TEST_P(RealSignals, ConditionWaitUnderALockThatTheNotifierNeeds_IsCommunication) {
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
  EXPECT_EQ(Strongest(analysis),
            "COMMUNICATION: t2 (thread 0.1) needs A before it notifies changed, and a thread that "
            "waits for that keeps it");
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
  EXPECT_EQ(Strongest(analysis),
            "COMMUNICATION: t1 (thread 0.0) needs A before it ends, and is joined by a thread that "
            "holds it or waits for its holder");
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

constexpr char kObserved[] =
    "ORDERED_OBSERVED: ordered in this run by a signal, which another run need not repeat";

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

// t2 polls a flag, which is stored and loaded in these orders.
std::function<void()> Poll(std::memory_order store, std::memory_order load) {
  return [=] {
    Lock a("A"), b("B");
    Atomic<bool> ready(false, "ready");
    const Thread t1("t1", [&] {
      Nest(a, b);
      ready.store(true, store);
    });
    const Thread t2("t2", [&] {
      while (!ready.load(load)) Yield();
      Nest(b, a);
    });
  };
}

TEST_P(RealSignals, OrderedByAPolledFlag_IsOrderedObserved) {
  for (const auto& body : {Poll(std::memory_order_release, std::memory_order_acquire),
                           Poll(std::memory_order_seq_cst, std::memory_order_seq_cst)}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
  }
}

TEST_P(RealSignals, OrderedByARelaxedFlagOnly_IsFeasible) {
  for (const auto& body : {Poll(std::memory_order_relaxed, std::memory_order_acquire),
                           Poll(std::memory_order_release, std::memory_order_relaxed)}) {
    EXPECT_THAT(Strongest(Play(body)), StartsWith(kTwoThreads));
  }
}

// A flag, handed on by a second thread's read-modify-write.
TEST_P(RealSignals, OrderedByAReleaseSequence_IsOrderedObserved) {
  const auto body = [] {
    Lock a("A"), b("B");
    Atomic<int> count(0, "count");
    const Thread t1("t1", [&] {
      Nest(a, b);
      count.store(1, std::memory_order_release);
    });
    const Thread adder("adder", [&] {
      while (count.load(std::memory_order_relaxed) != 1) Yield();
      count.fetch_add(1, std::memory_order_relaxed);
    });
    const Thread t2("t2", [&] {
      while (count.load(std::memory_order_acquire) != 2) Yield();
      Nest(b, a);
    });
  };
  EXPECT_EQ(Strongest(Play(body)), kObserved);
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
  EXPECT_EQ(Strongest(Play(body)),
            "ORDERED: fork, join or call_once orders t1 (thread 0.0) and t2 (thread 0.1)");
  EXPECT_THAT(Strongest(RecordMany(body)), StartsWith("ORDERED: fork, join or call_once orders"));
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
  EXPECT_THAT(Strongest(RecordMany(body)), StartsWith("ORDERED: "));
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

TEST_P(RealSignals, LockPublishedByAnAtomicStoreFirst_IsFeasible) {
  const auto body = [] {
    Lock a("A");
    std::unique_ptr<Lock> made;
    Atomic<Lock*> published(nullptr, "published");
    Turns turns;
    const Thread t1("t1", [&] {
      made = std::make_unique<Lock>("X");
      published.store(made.get());
      Nest(*made, a);
      turns.Set(1);
    });
    const Thread t2("t2", [&] {
      while (published.load() == nullptr) Yield();
      turns.Await(1);
      Nest(a, *published.load());
    });
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
  EXPECT_EQ(Strongest(Play(&NotifyAndWait)), kObserved);
  EXPECT_EQ(Strongest(RecordMany(&NotifyAndWait)), kObserved);
}

void SetAndWait() {
  Lock a("A"), b("B");
  Event ready("ready");
  const Thread t1("t1", [&] {
    Nest(a, b);
    ready.set();
  });
  const Thread t2("t2", [&] {
    ready.wait();
    Nest(b, a);
  });
}

void PutAndGet() {
  Lock a("A"), b("B");
  Queue<int> work(0, "work");
  const Thread t1("t1", [&] {
    Nest(a, b);
    work.put(1);
  });
  const Thread t2("t2", [&] {
    work.get();
    Nest(b, a);
  });
}

void CompleteAndGet() {
  Lock a("A"), b("B");
  ThreadPoolExecutor pool(1, "pool");
  const Future<void> done = pool.submit([&] { Nest(a, b); });
  done.get();
  Nest(b, a);
}

TEST_P(RealSignals, OrderedByAnEventAQueueOrAFuture_IsOrderedObserved) {
  for (const auto body : {&SetAndWait, &PutAndGet, &CompleteAndGet}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
    EXPECT_EQ(Strongest(RecordMany(body)), kObserved);
  }
}

void ShutDownAndGet() {
  Lock a("A"), b("B");
  Queue<int> work(0, "work");
  const Thread t1("t1", [&] {
    Nest(a, b);
    work.shutdown();
  });
  const Thread t2("t2", [&] {
    EXPECT_THROW(work.get(), QueueShutDown);
    Nest(b, a);
  });
}

void GetAndPutIntoTheRoom() {
  Lock a("A"), b("B");
  Queue<int> work(1, "work");
  work.put(1);
  const Thread t1("t1", [&] {
    Nest(a, b);
    work.get();
  });
  const Thread t2("t2", [&] {
    work.put(2);
    Nest(b, a);
  });
}

TEST_P(RealSignals, OrderedByAShutdownOrByTheRoomInAQueue_IsOrderedObserved) {
  for (const auto body : {&ShutDownAndGet, &GetAndPutIntoTheRoom}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
    EXPECT_EQ(Strongest(RecordMany(body)), kObserved);
  }
}

// Who takes one value is not ordered after who put another.
TEST_P(RealSignals, AnotherValueOfTheQueue_OrdersNothing) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    Queue<int> work(0, "work");
    InTurn({{"t0", [&] { work.put(0); }},
            {"t1",
             [&] {
               Nest(a, b);
               work.put(1);
             }},
            {"t2", [&] {
               work.get();
               Nest(b, a);
             }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

TEST_P(RealSignals, RoomThatWasThereAnyway_OrdersNothing) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    Queue<int> work(2, "work");
    InTurn({{"t0", [&] { work.put(0); }},
            {"t1",
             [&] {
               Nest(a, b);
               work.get();
             }},
            {"t2", [&] {
               work.put(2);
               Nest(b, a);
             }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

TEST_P(RealSignals, EventThatWasClearedInBetween_OrdersNothing) {
  const Analysis analysis = Play([] {
    Lock a("A"), b("B");
    Event ready("ready");
    InTurn({{"t1",
             [&] {
               Nest(a, b);
               ready.set();
             }},
            {"t2", [&] { ready.clear(); }},
            {"t3", [&] { ready.set(); }},
            {"t4", [&] {
               ready.wait();
               Nest(b, a);
             }}});
  });
  EXPECT_THAT(Strongest(analysis), StartsWith(kTwoThreads));
}

TEST_P(RealSignals, FutureAwaitedUnderALockThatTheProducerNeeds_IsCommunication) {
  const Analysis analysis = Play([] {
    Lock a("A");
    ThreadPoolExecutor pool(1, "pool");
    Turns turns;
    const Future<void> result = pool.submit("result", [&] {
      Nest(a);
      turns.Set(1);
    });
    turns.Await(1);
    LetOthersGoOn();
    const std::lock_guard guard(a);
    result.get();
  });
  EXPECT_EQ(Strongest(analysis),
            "COMMUNICATION: pool-0 (thread 0.0) needs A before it completes result, and a thread "
            "that waits for that keeps it");
}

void WorkerThatTookTheLockForAnEarlierTask() {
  Lock a("A");
  ThreadPoolExecutor pool(1, "pool");
  pool.submit([&] { Nest(a); }).get();
  const Future<void> second = pool.submit([] {});
  const std::lock_guard guard(a);
  second.get();
}

void PeerThatTookTheLockInAnEarlierPhase() {
  Lock a("A");
  Barrier barrier(2, "barrier");
  const Thread t1("t1", [&] {
    barrier.wait();
    const std::lock_guard guard(a);
    barrier.wait();
  });
  const Thread t2("t2", [&] {
    Nest(a);
    barrier.wait();
    barrier.wait();
  });
}

TEST_P(RealSignals, LockThatTheSignallerNeededBeforeAnEarlierSignalOnly_IsOrderedObserved) {
  for (const auto body :
       {&WorkerThatTookTheLockForAnEarlierTask, &PeerThatTookTheLockInAnEarlierPhase}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
    EXPECT_EQ(Strongest(RecordMany(body)), kObserved);
  }
}

TEST_P(RealSignals, PutToAFullQueueUnderALockThatTheConsumerNeeds_IsCommunication) {
  const Analysis analysis = Play([] {
    Lock a("A");
    Queue<int> work(1, "work");
    Turns turns;
    const Thread consumer("consumer", [&] {
      work.get();
      Nest(a);
      turns.Set(1);
      work.get();
    });
    work.put(1);
    turns.Await(1);
    LetOthersGoOn();
    const std::lock_guard guard(a);
    work.put(2);
  });
  EXPECT_EQ(Strongest(analysis),
            "COMMUNICATION: consumer (thread 0.0) needs A before it serves work (Room in queue), and "
            "a thread that waits for that keeps it");
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
              StartsWith("COMMUNICATION: lost wakeup: t2 (thread 0.1) waits for "
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
  EXPECT_EQ(
      Strongest(analysis),
      "COMMUNICATION: t1 (thread 0.0) needs A before it arrives at barrier, and a thread that "
      "waits for that keeps it");
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

TEST_P(RealSignals, EventAwaitedUnderALockThatItsSetterNeeds_IsCommunication) {
  const Analysis analysis = Play([] {
    Lock a("A");
    Event ready("ready");
    Turns turns;
    const Thread t1("t1", [&] {
      Nest(a);
      turns.Set(1);
      ready.set();
    });
    turns.Await(1);
    LetOthersGoOn();
    const std::lock_guard guard(a);
    ready.wait();
  });
  EXPECT_THAT(Strongest(analysis),
              StartsWith("COMMUNICATION: t1 (thread 0.0) needs A before it sets"
                         " ready"));
}

}  // namespace
}  // namespace selvage::tests
