#include "selvage/tests/harness/tsan/bodies.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage {

using std::chrono::seconds;

int racy_global = 0;
int guarded_global = 0;

void RaceOnAGlobal() {
  const Thread first([] { racy_global = racy_global + 1; });
  const Thread second([] { racy_global = racy_global + 1; });
}

void RaceOnTheHeap() {
  const auto number = std::make_unique<int>(0);
  const Thread first([&] { *number = 1; });
  const Thread second([&] { *number = 2; });
}

void RaceOnALocalVariable() {
  int number = 0;
  const Thread first([&] { number = 1; });
  const Thread second([&] { number = 2; });
}

void RaceOfBodyAndChild() {
  const Thread child([] { racy_global = 1; });
  racy_global = 2;
}

void RaceWithATaskThatHasEnded() {
  Thread first([] { racy_global = 1; });
  while (first.is_alive()) {
  }
  const Thread second([] { racy_global = 2; });
}

void RaceUnderTwoLocks() {
  Lock one;
  Lock other;
  const Thread first([&] {
    const Guard guard(one);
    racy_global = 1;
  });
  const Thread second([&] {
    const Guard guard(other);
    racy_global = 2;
  });
}

void RaceAfterTheLock() {
  Lock lock;
  const auto work = [&] {
    { const Guard guard(lock); }
    racy_global = 1;
  };
  const Thread first(work);
  const Thread second(work);
}

void RaceAfterAFailedTry() {
  Lock lock;
  Semaphore none(0);
  lock.lock();
  const Thread second([&] {
    none.try_acquire();
    if (lock.try_lock()) {
      lock.unlock();
    } else {
      racy_global = 2;
    }
  });
  racy_global = 1;
  lock.unlock();
  lock.lock();
  lock.unlock();
}

void RaceAfterAnExpiredTimedWait() {
  Lock lock;
  lock.lock();
  {
    const Thread second([&] {
      if (!lock.try_lock_for(seconds(1))) racy_global = 2;
    });
    racy_global = 1;
  }
  lock.unlock();
}

void RaceThroughANotificationAlone() {
  Lock lock;
  Condition changed;
  const Thread reader([&] {
    const Guard guard(lock);
    changed.wait_for(lock, seconds(1));
    SELVAGE_EXPECT(racy_global >= 0);
  });
  racy_global = 1;
  changed.notify_one();
}

void RaceAfterTheRelease() {
  Semaphore ready(0);
  const Thread reader([&] {
    ready.acquire();
    SELVAGE_EXPECT(racy_global >= 0);
  });
  ready.release();
  racy_global = 1;
}

void RaceAfterIsAlive() {
  Thread writer([] { racy_global = 1; });
  while (writer.is_alive()) {
  }
  SELVAGE_EXPECT(racy_global >= 0);
}

void RaceOnASharedVariable() {
  Shared<int> counter(0, "counter");
  const Thread first([&] { ++counter; });
  const Thread second([&] { ++counter; });
}

void RaceFoundByARead() {
  racy_global = 1;
  Semaphore go(0);
  Thread reader([&] {
    go.acquire();
    SELVAGE_EXPECT(racy_global > 0);
  });
  go.release();
  racy_global = 2;
  reader.join();
}

alignas(8) int setter_one = 0;
alignas(8) int setter_two = 0;

namespace {

// Not inlined: two stores side by side would become one.
__attribute__((noinline)) void Set(int& variable, int value) { variable = value; }

// Both tasks do `work`, with nothing to order them.
template <typename Work>
void InTwoTasks(Work work) {
  const Thread first(work);
  const Thread second(work);
}

// TSan looks at eight bytes at a time, and once they have raced at no more of them in that
// schedule.
struct Account {
  alignas(8) int balance = 0;
  alignas(8) int limit = 0;
  __attribute__((noinline)) void SetBalance(int value) { balance = value; }
};

}  // namespace

void RacesBehindOneSetter() {
  InTwoTasks([] {
    for (int* variable : {&setter_one, &setter_two}) Set(*variable, 1);
  });
}

void RacesOfObjectsBehindOneSetter() {
  const auto one = std::make_unique<Account>();
  const auto two = std::make_unique<Account>();
  InTwoTasks([&] {
    for (Account* account : {one.get(), two.get()}) account->SetBalance(1);
  });
}

void RacesOnTwoSharedVariables() {
  Shared<int> x(0, "x");
  Shared<int> y(0, "y");
  InTwoTasks([&] {
    x = 1;
    y = 1;
  });
}

void RacesOnTwoSharedOfOneArray() {
  Shared<int> both[2];
  InTwoTasks([&] {
    for (Shared<int>& each : both) each = 1;
  });
}

void RacesOnTwoElementsOfAVector() {
  std::vector<int> numbers(3);
  InTwoTasks([&] {
    for (std::size_t i = 0; i < 3; i += 2) Set(numbers[i], 1);
  });
}

void RacesOnTwoElementsOfAnArray() {
  static int numbers[16];
  InTwoTasks([] {
    for (std::size_t i = 0; i < 16; i += 8) Set(numbers[i], 1);
  });
}

void RacesOnTwoMembers() {
  static Account account;
  InTwoTasks([] {
    Set(account.balance, 1);
    Set(account.limit, 1);
  });
}

void RacesOnTwoLocalVariables() {
  alignas(8) int one = 0;
  alignas(8) int two = 0;
  InTwoTasks([&] {
    for (int* variable : {&one, &two}) Set(*variable, 1);
  });
}

void OneRaceOfManyPairs() {
  InTwoTasks([] {
    racy_global = 1;
    const int seen = racy_global;
    Set(racy_global, seen + 1);
  });
}

void OneRaceInsideALibrary() {
  static std::vector<int> numbers;
  numbers.clear();
  numbers.reserve(8);
  InTwoTasks([] { numbers.push_back(1); });
}

void RacesOnAThousandElements() {
  std::vector<int> numbers(1'000);
  InTwoTasks([&] {
    for (int& number : numbers) Set(number, 1);
  });
}

void RaceOfADelete() {
  auto number = std::make_unique<int>(0);
  int* const raw = number.get();
  const Thread reader([raw] { SELVAGE_EXPECT(*raw >= 0); });
  Yield();
  number.reset();
}

void ReadAfterADelete() {
  Semaphore deleted(0);
  auto number = std::make_unique<int>(0);
  int* const raw = number.get();
  Thread deleter([&] { number.reset(); });
  while (deleter.is_alive()) {
  }
  SELVAGE_EXPECT(*raw > -1'000'000'000);
}

template <typename AnyLock, typename Take>
void OrderedBy(AnyLock& lock, Take take) {
  const auto work = [&] {
    take(lock);
    guarded_global = guarded_global + 1;
    lock.unlock();
  };
  const Thread first(work);
  const Thread second(work);
  work();
}

void OrderedByALock() {
  Lock lock;
  OrderedBy(lock, [](Lock& held) { held.lock(); });
}

void OrderedByAnRLock() {
  RLock lock;
  OrderedBy(lock, [](RLock& held) {
    held.lock();
    held.lock();
    held.unlock();
  });
}

void OrderedByATimedLock() {
  Lock lock;
  OrderedBy(lock, [](Lock& held) {
    while (!held.try_lock_for(seconds(1))) {
    }
  });
}

void OrderedByATryLock() {
  Lock lock;
  const auto work = [&] {
    if (!lock.try_lock()) return;
    guarded_global = guarded_global + 1;
    lock.unlock();
  };
  const Thread first(work);
  const Thread second(work);
}

void OrderedBySpawnAndJoin() {
  guarded_global = 1;
  {
    const Thread child([] {
      guarded_global = guarded_global + 1;
      Thread([] { guarded_global = guarded_global + 1; }).join();
      guarded_global = guarded_global + 1;
    });
  }
  guarded_global = guarded_global + 1;
  Thread([] { guarded_global = guarded_global + 1; }).join();
}

void OrderedByAJoinWithATimeout() {
  Thread child([] { guarded_global = 1; });
  if (child.join_for(seconds(1))) guarded_global = 2;
}

void OrderedByJoinsOfOneChildByTwoTasks() {
  Thread first([] { guarded_global = 1; });
  Thread second([&] {
    first.join();
    guarded_global = 2;
  });
  second.join();
  guarded_global = 3;
}

void OrderedByASemaphore() {
  Semaphore ready(0);
  Semaphore done(0);
  {
    const Thread other([&] {
      ready.acquire();
      guarded_global = guarded_global + 1;
      done.release();
    });
    guarded_global = 1;
    ready.release();
    done.acquire();
    guarded_global = guarded_global + 1;
  }
}

void OrderedByATryAcquire() {
  Semaphore ready(0);
  const Thread other([&] {
    if (ready.try_acquire_for(seconds(1)) || ready.try_acquire()) guarded_global = 2;
  });
  guarded_global = 1;
  ready.release();
}

void OrderedByAConditionAndItsLock() {
  Lock lock;
  Condition changed;
  bool ready = false;
  const Thread reader([&] {
    const Guard guard(lock);
    changed.wait(lock, [&] { return ready; });
    guarded_global = guarded_global + 1;
  });
  const Guard guard(lock);
  guarded_global = 1;
  ready = true;
  changed.notify_one();
}

void OrderedByAConditionWithTimeout() {
  RLock lock;
  Condition changed;
  const auto work = [&] {
    const Guard guard(lock);
    guarded_global = guarded_global + 1;
    changed.notify_all();
    changed.wait_for(lock, seconds(1));
    guarded_global = guarded_global + 1;
  };
  const Thread other(work);
  work();
}

void OrderedBetweenSchedules() {
  Semaphore one(1);
  const auto work = [&] {
    if (one.try_acquire()) guarded_global = guarded_global + 1;
  };
  const Thread first(work);
  const Thread second(work);
  work();
}

void RepairedQueue() {
  Lock lock("lock");
  Condition filled("filled");
  std::deque<std::string> queue;
  std::string last;
  {
    const Thread consumer("consumer", [&] {
      for (int i = 0; i < 2; ++i) {
        const Guard guard(lock);
        filled.wait(lock, [&] { return !queue.empty(); });
        last = queue.front();
        queue.pop_front();
      }
    });
    for (const char* item : {"a", "b"}) {
      const Guard guard(lock);
      queue.emplace_back(item);
      filled.notify_one();
    }
  }
  SELVAGE_EXPECT(last == "b");
}

void RaceOfOrdinaryThreads() {
  // Relaxed: an order in time that is none between the threads, so that the second access always
  // finds the first.
  std::atomic<bool> first_done{false};
  std::thread first([&] {
    racy_global = 1;
    first_done.store(true, std::memory_order_relaxed);
  });
  std::thread second([&] {
    while (!first_done.load(std::memory_order_relaxed)) std::this_thread::yield();
    racy_global = 2;
  });
  first.join();
  second.join();
}

void NativeMutexesInBothOrders() {
  std::mutex a;
  std::mutex b;
  const auto take = [](std::mutex& outer, std::mutex& inner) {
    const std::lock_guard<std::mutex> first(outer);
    const std::lock_guard<std::mutex> second(inner);
  };
  {
    Thread there([&] { take(a, b); });
    there.join();
  }
  Thread back([&] { take(b, a); });
  back.join();
}

}  // namespace selvage
