// Scenarios with what carries something from one thread to another: atomics, events, queues,
// futures. Numbers: scenarios.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

using testing::StartsWith;

class RealMessages : public RealScenario {};
SELVAGE_ON_BOTH_STAGES(RealMessages);

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

TEST_P(RealMessages, OrderedByAPolledFlag_IsOrderedObserved) {
  for (const auto& body : {Poll(std::memory_order_release, std::memory_order_acquire),
                           Poll(std::memory_order_seq_cst, std::memory_order_seq_cst)}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
  }
}

TEST_P(RealMessages, OrderedByARelaxedFlagOnly_IsFeasible) {
  for (const auto& body : {Poll(std::memory_order_relaxed, std::memory_order_acquire),
                           Poll(std::memory_order_release, std::memory_order_relaxed)}) {
    EXPECT_THAT(Strongest(Play(body)), StartsWith(kTwoThreads));
  }
}

// A flag, handed on by a second thread's read-modify-write.
TEST_P(RealMessages, OrderedByAReleaseSequence_IsOrderedObserved) {
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

TEST_P(RealMessages, LockPublishedByAnAtomicStoreFirst_IsFeasible) {
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

TEST_P(RealMessages, OrderedByAnEventAQueueOrAFuture_IsOrderedObserved) {
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

TEST_P(RealMessages, OrderedByAShutdownOrByTheRoomInAQueue_IsOrderedObserved) {
  for (const auto body : {&ShutDownAndGet, &GetAndPutIntoTheRoom}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
    EXPECT_EQ(Strongest(RecordMany(body)), kObserved);
  }
}

// Who takes one value is not ordered after who put another.
TEST_P(RealMessages, AnotherValueOfTheQueue_OrdersNothing) {
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

TEST_P(RealMessages, RoomThatWasThereAnyway_OrdersNothing) {
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

TEST_P(RealMessages, EventThatWasClearedInBetween_OrdersNothing) {
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

TEST_P(RealMessages, FutureAwaitedUnderALockThatTheProducerNeeds_IsCommunication) {
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

TEST_P(RealMessages, LockThatTheSignallerNeededBeforeAnEarlierSignalOnly_IsOrderedObserved) {
  for (const auto body :
       {&WorkerThatTookTheLockForAnEarlierTask, &PeerThatTookTheLockInAnEarlierPhase}) {
    EXPECT_EQ(Strongest(Play(body)), kObserved);
    EXPECT_EQ(Strongest(RecordMany(body)), kObserved);
  }
}

TEST_P(RealMessages, PutToAFullQueueUnderALockThatTheConsumerNeeds_IsCommunication) {
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
  EXPECT_EQ(
      Strongest(analysis),
      "COMMUNICATION: consumer (thread 0.0) needs A before it serves work (Room in queue), and "
      "a thread that waits for that keeps it");
}

TEST_P(RealMessages, EventAwaitedUnderALockThatItsSetterNeeds_IsCommunication) {
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
