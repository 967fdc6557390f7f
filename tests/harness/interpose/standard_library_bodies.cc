#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <latch>
#include <mutex>
#include <new>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;

void InTwoThreads(const std::function<void()>& first, const std::function<void()>& second) {
  std::thread one(first);
  std::thread two(second);
  one.join();
  two.join();
}

// --- Mutexes ---

void MutexGuardsACounter() {
  std::mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    const std::lock_guard<std::mutex> guard(mutex);
    ++counter;
  };
  InTwoThreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

void MutexIsLetGoOfBetweenReadAndWrite() {
  std::mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    mutex.lock();
    const int seen = counter;
    mutex.unlock();
    mutex.lock();
    counter = seen + 1;
    mutex.unlock();
  };
  InTwoThreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

std::mutex global_first;
std::mutex global_second;

void MutexesAreTakenInOppositeOrders() {
  InTwoThreads(
      [] {
        const std::lock_guard<std::mutex> first(global_first);
        const std::lock_guard<std::mutex> second(global_second);
      },
      [] {
        const std::lock_guard<std::mutex> second(global_second);
        const std::lock_guard<std::mutex> first(global_first);
      });
}

void ScopedLockTakesBothInAnyOrder() {
  std::mutex first;
  std::mutex second;
  int counter = 0;
  InTwoThreads(
      [&] {
        const std::scoped_lock both(first, second);
        ++counter;
      },
      [&] {
        const std::scoped_lock both(second, first);
        ++counter;
      });
  SELVAGE_EXPECT(counter == 2);
}

void MutexIsLockedTwice() {
  std::mutex mutex;
  std::thread thread([&] {
    mutex.lock();
    mutex.lock();
  });
  thread.join();
}

void MutexIsUnlockedByAnotherThread() {
  std::mutex mutex;
  mutex.lock();
  std::thread thread([&] { mutex.unlock(); });
  thread.join();
}

void MutexStaysLocked() {
  std::mutex mutex;
  std::thread thread([&] { mutex.lock(); });
  thread.join();
}

void RecursiveMutexIsLockedTwice() {
  std::recursive_mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    const std::lock_guard<std::recursive_mutex> outer(mutex);
    const std::lock_guard<std::recursive_mutex> inner(mutex);
    ++counter;
  };
  InTwoThreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

void TryLockIsTakenForGranted() {
  std::mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    if (!mutex.try_lock()) return;
    ++counter;
    mutex.unlock();
  };
  InTwoThreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

void TimedMutexIsWaitedFor() {
  std::timed_mutex mutex;
  int taken = 0;
  int late = 0;
  std::mutex counts;
  const auto take = [&] {
    const bool in_time = mutex.try_lock_for(milliseconds(5));
    if (in_time) mutex.unlock();
    const std::lock_guard<std::mutex> guard(counts);
    ++(in_time ? taken : late);
  };
  InTwoThreads(take, take);
  SELVAGE_EXPECT(taken + late == 2);
}

void TimedMutexIsTakenForGranted() {
  std::timed_mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    if (!mutex.try_lock_for(milliseconds(5))) return;
    ++counter;
    std::this_thread::yield();
    mutex.unlock();
  };
  InTwoThreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

void SharedMutexLetsReadersIn() {
  std::shared_mutex mutex;
  int value = 0;
  InTwoThreads(
      [&] {
        const std::unique_lock<std::shared_mutex> writer(mutex);
        value = 1;
      },
      [&] {
        const std::shared_lock<std::shared_mutex> reader(mutex);
        SELVAGE_EXPECT(value == 0 || value == 1);
      });
}

void SharedMutexIsUpgraded() {
  std::shared_mutex mutex;
  const auto upgrade = [&] {
    mutex.lock_shared();
    mutex.lock();
    mutex.unlock();
    mutex.unlock_shared();
  };
  InTwoThreads(upgrade, upgrade);
}

void SharedMutexesAreTakenInOppositeOrders() {
  std::shared_mutex first;
  std::shared_timed_mutex second;
  InTwoThreads(
      [&] {
        const std::unique_lock<std::shared_mutex> outer(first);
        const std::shared_lock<std::shared_timed_mutex> inner(second);
      },
      [&] {
        const std::unique_lock<std::shared_timed_mutex> outer(second);
        const std::shared_lock<std::shared_mutex> inner(first);
      });
}

// Each at the place where the one before was, and with nothing of its state.
void NewMutexAtAnOldPlaceIsFree() {
  std::thread thread([] {
    for (int i = 0; i < 3; ++i) {
      alignas(std::mutex) static unsigned char place[sizeof(std::mutex)];
      auto* mutex = new (place) std::mutex;
      mutex->lock();
    }
  });
  thread.join();
}

// --- Condition variables ---

void WaitersLookAtThePredicate() {
  std::mutex mutex;
  std::condition_variable ready;
  std::deque<int> items;
  int sum = 0;
  InTwoThreads(
      [&] {
        for (int taken = 0; taken < 2; ++taken) {
          std::unique_lock<std::mutex> lock(mutex);
          ready.wait(lock, [&] { return !items.empty(); });
          sum += items.front();
          items.pop_front();
        }
      },
      [&] {
        for (int item = 1; item <= 2; ++item) {
          const std::lock_guard<std::mutex> guard(mutex);
          items.push_back(item);
          ready.notify_one();
        }
      });
  SELVAGE_EXPECT(sum == 3);
}

void NotificationComesBeforeTheWait() {
  std::mutex mutex;
  std::condition_variable ready;
  InTwoThreads(
      [&] {
        std::unique_lock<std::mutex> lock(mutex);
        ready.wait(lock);
      },
      [&] { ready.notify_one(); });
}

void WaitTrustsTheNotification() {
  std::mutex mutex;
  std::condition_variable ready;
  bool is_ready = false;
  InTwoThreads(
      [&] {
        std::unique_lock<std::mutex> lock(mutex);
        if (!is_ready) ready.wait(lock);
        SELVAGE_EXPECT(is_ready);
      },
      [&] {
        const std::lock_guard<std::mutex> guard(mutex);
        is_ready = true;
        ready.notify_one();
      });
}

void TimedWaitEnds() {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock<std::mutex> lock(mutex);
  SELVAGE_EXPECT(!never.wait_for(lock, std::chrono::hours(1), [] { return false; }));
}

void ConditionVariableAnyWaitsWithASharedMutex() {
  std::shared_mutex mutex;
  std::condition_variable_any ready;
  bool is_ready = false;
  InTwoThreads(
      [&] {
        std::shared_lock<std::shared_mutex> lock(mutex);
        ready.wait(lock, [&] { return is_ready; });
      },
      [&] {
        {
          const std::unique_lock<std::shared_mutex> lock(mutex);
          is_ready = true;
        }
        ready.notify_all();
      });
}

void ConditionVariableAnyLosesItsNotification() {
  std::mutex mutex;
  std::condition_variable_any ready;
  InTwoThreads(
      [&] {
        std::unique_lock<std::mutex> lock(mutex);
        ready.wait(lock);
      },
      [&] { ready.notify_all(); });
}

// --- Time ---

void LoopLooksAtTheClock() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  while (std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
}

void SleepersWakeInTheOrderOfTheirTimes() {
  std::atomic<int> last = 0;
  std::thread first([&] {
    std::this_thread::sleep_for(std::chrono::hours(1));
    last = 1;
  });
  std::thread second([&] {
    std::this_thread::sleep_for(std::chrono::hours(2));
    last = 2;
  });
  first.join();
  second.join();
  SELVAGE_EXPECT(last == 1 || last == 2);
}

void SleepIsTakenForAnOrder() {
  int value = 0;
  std::mutex mutex;
  InTwoThreads(
      [&] {
        const std::lock_guard<std::mutex> guard(mutex);
        value = 1;
      },
      [&] {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        const std::lock_guard<std::mutex> guard(mutex);
        SELVAGE_EXPECT(value == 1);
      });
}

// --- Threads ---

std::mutex outlives_all;

void ThreadIsNotJoined() {
  // Its object is never destroyed, which would end the process.
  alignas(std::thread) static unsigned char place[sizeof(std::thread)];
  new (place) std::thread([] { const std::lock_guard<std::mutex> guard(outlives_all); });
}

void ThreadIsDetached() {
  std::mutex mutex;
  std::condition_variable done;
  bool is_done = false;
  std::unique_lock<std::mutex> lock(mutex);
  std::thread([&] {
    const std::lock_guard<std::mutex> guard(mutex);
    is_done = true;
    done.notify_one();
  }).detach();
  done.wait(lock, [&] { return is_done; });
}

void ThreadThrows() {
  std::thread thread([] { throw std::runtime_error("out of paper"); });
  thread.join();
}

void JThreadIsAskedToStop() {
  std::mutex mutex;
  std::condition_variable_any wake;
  bool stopped = false;
  {
    std::jthread thread([&](const std::stop_token& token) {
      std::unique_lock<std::mutex> lock(mutex);
      wake.wait(lock, token, [] { return false; });
      stopped = true;
    });
  }
  SELVAGE_EXPECT(stopped);
}

void JThreadDoesNotListen() {
  std::mutex mutex;
  std::condition_variable never;
  std::jthread thread([&] {
    std::unique_lock<std::mutex> lock(mutex);
    never.wait(lock, [] { return false; });
  });
}

void ThreadsHaveIdsOfTheirOwn() {
  std::thread::id first;
  std::thread::id second;
  InTwoThreads([&] { first = std::this_thread::get_id(); },
               [&] { second = std::this_thread::get_id(); });
  SELVAGE_EXPECT(first != second);
  SELVAGE_EXPECT(first != std::this_thread::get_id());
}

void ThreadsJoinEachOther() {
  std::mutex start;
  std::binary_semaphore done(0);
  start.lock();
  std::thread first;
  first = std::thread([&] {
    start.lock();
    start.unlock();
    std::thread second([&] { first.join(); });
    second.join();
    done.release();
  });
  start.unlock();
  done.acquire();
}

thread_local int of_the_thread = 7;
thread_local std::vector<int> list_of_the_thread;

void ThreadLocalsStartAnew() {
  const auto use = [] {
    SELVAGE_EXPECT(of_the_thread == 7);
    SELVAGE_EXPECT(list_of_the_thread.empty());
    of_the_thread = 8;
    list_of_the_thread.push_back(8);
    static thread_local int calls = 0;
    SELVAGE_EXPECT(++calls == 1);
  };
  use();
  InTwoThreads(use, use);
}

std::mutex total_mutex;
int total;

// As a counter does that adds itself up when its thread ends.
struct AddsUp {
  ~AddsUp() {
    const std::lock_guard<std::mutex> guard(total_mutex);
    total += value;
  }
  int value = 0;
};
thread_local AddsUp adds_up;

void ThreadLocalsAreDestroyedBeforeTheJoin() {
  total = 0;
  InTwoThreads([] { adds_up.value = 3; }, [] { adds_up.value = 4; });
  SELVAGE_EXPECT(total == 7);
}

// --- Futures ---

void FutureBringsAValue() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread thread([&] { promise.set_value(7); });
  SELVAGE_EXPECT(future.get() == 7);
  thread.join();
}

void PromiseIsNeverKept() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread thread([&] { future.wait(); });
  thread.join();
}

void AsyncRunsInAThread() {
  std::mutex mutex;
  int counter = 0;
  const auto increment = [&] {
    const std::lock_guard<std::mutex> guard(mutex);
    return ++counter;
  };
  auto first = std::async(std::launch::async, increment);
  auto second = std::async(std::launch::async, increment);
  SELVAGE_EXPECT(first.get() + second.get() == 3);
}

// The future's destructor waits for a thread that waits for the lock.
void AsyncIsWaitedForWithALock() {
  std::mutex mutex;
  const std::lock_guard<std::mutex> guard(mutex);
  const auto future =
      std::async(std::launch::async, [&] { const std::lock_guard<std::mutex> inner(mutex); });
}

void PackagedTaskHasItsResult() {
  std::packaged_task<int(int)> task([](int value) { return 2 * value; });
  auto future = task.get_future();
  std::thread thread(std::move(task), 4);
  SELVAGE_EXPECT(future.get() == 8);
  thread.join();
}

// --- Once ---

void CallOnceCallsOnce() {
  std::once_flag once;
  int calls = 0;
  const auto call = [&] { std::call_once(once, [&] { ++calls; }); };
  InTwoThreads(call, call);
  SELVAGE_EXPECT(calls == 1);
}

void CallOnceCallsAgainAfterAnException() {
  std::once_flag once;
  int calls = 0;
  const auto call = [&] {
    try {
      std::call_once(once, [&] {
        if (++calls == 1) throw std::runtime_error("not yet");
      });
    } catch (const std::runtime_error&) {
    }
  };
  InTwoThreads(call, call);
  SELVAGE_EXPECT(calls == 2);
}

void CallOnceWaitsForTheLockOfItsWaiter() {
  std::once_flag once;
  std::mutex mutex;
  InTwoThreads([&] { std::call_once(once, [&] { const std::lock_guard<std::mutex> g(mutex); }); },
               [&] {
                 const std::lock_guard<std::mutex> guard(mutex);
                 std::call_once(once, [] {});
               });
}

std::mutex static_mutex;

int MadeUnderALock() {
  const std::lock_guard<std::mutex> guard(static_mutex);
  return 5;
}

void LocalStaticIsMadeOnce() {
  const auto use = [] {
    static const int made = MadeUnderALock();
    SELVAGE_EXPECT(made == 5);
  };
  InTwoThreads(use, use);
}

// --- C++20 ---

void LatchIsWaitedFor() {
  std::latch latch(2);
  int first = 0;
  int second = 0;
  std::thread one([&] {
    first = 1;
    latch.count_down();
  });
  std::thread two([&] {
    second = 1;
    latch.count_down();
  });
  latch.wait();
  SELVAGE_EXPECT(first + second == 2);
  one.join();
  two.join();
}

void LatchIsCountedTooHigh() {
  std::latch latch(3);
  InTwoThreads([&] { latch.arrive_and_wait(); }, [&] { latch.count_down(); });
}

void BarrierIsPassedTwice() {
  std::barrier barrier(2);
  int phases[2] = {};
  const auto pass = [&](int self) {
    for (int i = 0; i < 2; ++i) {
      ++phases[self];
      barrier.arrive_and_wait();
    }
  };
  InTwoThreads([&] { pass(0); }, [&] { pass(1); });
  SELVAGE_EXPECT(phases[0] + phases[1] == 4);
}

void BarrierIsLeftAlone() {
  std::barrier barrier(2);
  InTwoThreads([&] { barrier.arrive_and_wait(); }, [] {});
}

void SemaphoreCounts() {
  std::counting_semaphore<4> permits(1);
  int counter = 0;
  const auto increment = [&] {
    permits.acquire();
    ++counter;
    permits.release();
  };
  InTwoThreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

void SemaphoreIsNeverReleased() {
  std::binary_semaphore permits(1);
  const auto take = [&] { permits.acquire(); };
  InTwoThreads(take, take);
}

void AtomicIsWaitedFor() {
  std::atomic<int> state = 0;
  InTwoThreads([&] { state.wait(0); },
               [&] {
                 state = 1;
                 state.notify_one();
               });
}

void AtomicIsNotNotified() {
  std::atomic<int> state = 0;
  InTwoThreads([&] { state.wait(0); }, [] {});
}

}  // namespace

std::vector<Program> StandardLibraryPrograms() {
  return {
      {"MutexGuardsACounter", &MutexGuardsACounter},
      {"MutexIsLetGoOfBetweenReadAndWrite", &MutexIsLetGoOfBetweenReadAndWrite,
       FindingKind::kFailedExpectation, "counter == 2"},
      {"MutexesAreTakenInOppositeOrders", &MutexesAreTakenInOppositeOrders, FindingKind::kDeadlock,
       "global_first"},
      {"ScopedLockTakesBothInAnyOrder", &ScopedLockTakesBothInAnyOrder},
      {"MutexIsLockedTwice", &MutexIsLockedTwice, FindingKind::kDeadlock, "which it holds itself"},
      {"MutexIsUnlockedByAnotherThread", &MutexIsUnlockedByAnotherThread, FindingKind::kMisuse,
       "unlocked by a task that does not hold it"},
      {"MutexStaysLocked", &MutexStaysLocked, FindingKind::kLeakedLock, "ended while it held"},
      {"RecursiveMutexIsLockedTwice", &RecursiveMutexIsLockedTwice},
      {"TryLockIsTakenForGranted", &TryLockIsTakenForGranted, FindingKind::kFailedExpectation,
       "counter == 2"},
      {"TimedMutexIsWaitedFor", &TimedMutexIsWaitedFor},
      {"TimedMutexIsTakenForGranted", &TimedMutexIsTakenForGranted, FindingKind::kFailedExpectation,
       "counter == 2"},
      {"SharedMutexLetsReadersIn", &SharedMutexLetsReadersIn},
      {"SharedMutexIsUpgraded", &SharedMutexIsUpgraded, FindingKind::kDeadlock, "read-write lock"},
      {"SharedMutexesAreTakenInOppositeOrders", &SharedMutexesAreTakenInOppositeOrders,
       FindingKind::kDeadlock, "read-write lock"},
      {"NewMutexAtAnOldPlaceIsFree", &NewMutexAtAnOldPlaceIsFree, FindingKind::kLeakedLock,
       "ended while it held"},
      {"WaitersLookAtThePredicate", &WaitersLookAtThePredicate},
      {"NotificationComesBeforeTheWait", &NotificationComesBeforeTheWait, FindingKind::kDeadlock,
       "to be notified by condition variable"},
      {"WaitTrustsTheNotification", &WaitTrustsTheNotification, FindingKind::kFailedExpectation,
       "is_ready"},
      {"TimedWaitEnds", &TimedWaitEnds},
      {"ConditionVariableAnyWaitsWithASharedMutex", &ConditionVariableAnyWaitsWithASharedMutex},
      {"ConditionVariableAnyLosesItsNotification", &ConditionVariableAnyLosesItsNotification,
       FindingKind::kDeadlock, "to be notified by condition variable"},
      {"LoopLooksAtTheClock", &LoopLooksAtTheClock},
      {"SleepersWakeInTheOrderOfTheirTimes", &SleepersWakeInTheOrderOfTheirTimes},
      {"SleepIsTakenForAnOrder", &SleepIsTakenForAnOrder, FindingKind::kFailedExpectation,
       "value == 1"},
      {"ThreadIsNotJoined", &ThreadIsNotJoined, FindingKind::kLeakedThread, "was still alive"},
      {"ThreadIsDetached", &ThreadIsDetached},
      {"ThreadThrows", &ThreadThrows, FindingKind::kUnhandledException, "out of paper"},
      {"JThreadIsAskedToStop", &JThreadIsAskedToStop},
      {"JThreadDoesNotListen", &JThreadDoesNotListen, FindingKind::kDeadlock,
       "to be notified by condition variable"},
      {"ThreadsHaveIdsOfTheirOwn", &ThreadsHaveIdsOfTheirOwn},
      {"ThreadsJoinEachOther", &ThreadsJoinEachOther, FindingKind::kDeadlock,
       "waits for the end of"},
      {"ThreadLocalsStartAnew", &ThreadLocalsStartAnew},
      {"ThreadLocalsAreDestroyedBeforeTheJoin", &ThreadLocalsAreDestroyedBeforeTheJoin},
      {"FutureBringsAValue", &FutureBringsAValue},
      {"PromiseIsNeverKept", &PromiseIsNeverKept, FindingKind::kDeadlock, "atomic"},
      {"AsyncRunsInAThread", &AsyncRunsInAThread},
      {"AsyncIsWaitedForWithALock", &AsyncIsWaitedForWithALock, FindingKind::kDeadlock, "mutex"},
      {"PackagedTaskHasItsResult", &PackagedTaskHasItsResult},
      {"CallOnceCallsOnce", &CallOnceCallsOnce},
      {"CallOnceCallsAgainAfterAnException", &CallOnceCallsAgainAfterAnException},
      {"CallOnceWaitsForTheLockOfItsWaiter", &CallOnceWaitsForTheLockOfItsWaiter,
       FindingKind::kDeadlock, "once flag"},
      {"LocalStaticIsMadeOnce", &LocalStaticIsMadeOnce},
      {"LatchIsWaitedFor", &LatchIsWaitedFor},
      {"LatchIsCountedTooHigh", &LatchIsCountedTooHigh, FindingKind::kDeadlock, "atomic"},
      {"BarrierIsPassedTwice", &BarrierIsPassedTwice},
      {"BarrierIsLeftAlone", &BarrierIsLeftAlone, FindingKind::kDeadlock, "atomic"},
      {"SemaphoreCounts", &SemaphoreCounts},
      {"SemaphoreIsNeverReleased", &SemaphoreIsNeverReleased, FindingKind::kDeadlock, "atomic"},
      {"AtomicIsWaitedFor", &AtomicIsWaitedFor},
      {"AtomicIsNotNotified", &AtomicIsNotNotified, FindingKind::kDeadlock, "atomic"},
  };
}

}  // namespace selvage
