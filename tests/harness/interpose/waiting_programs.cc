#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <thread>
#include <utility>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

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

// One thread alone acquires. With two, libstdc++ 12 may sleep although there is a permit: it waits
// for a value that it has read before another thread took the permit and gave it back (GCC's bug
// 104928).
void SemaphoreCounts() {
  std::counting_semaphore<4> permits(0);
  int counter = 0;
  InTwoThreads(
      [&] {
        counter = 1;
        permits.release();
        permits.release();
      },
      [&] {
        permits.acquire();
        permits.acquire();
        SELVAGE_EXPECT(counter == 1);
      });
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

std::vector<Program> WaitingPrograms() {
  return {
      {"WaitersLookAtThePredicate", &WaitersLookAtThePredicate},
      {"NotificationComesBeforeTheWait", &NotificationComesBeforeTheWait, FindingKind::kDeadlock,
       "to be notified by condition variable"},
      {"WaitTrustsTheNotification", &WaitTrustsTheNotification, FindingKind::kFailedExpectation,
       "is_ready"},
      {"TimedWaitEnds", &TimedWaitEnds},
      {"ConditionVariableAnyWaitsWithASharedMutex", &ConditionVariableAnyWaitsWithASharedMutex},
      {"ConditionVariableAnyLosesItsNotification", &ConditionVariableAnyLosesItsNotification,
       FindingKind::kDeadlock, "to be notified by condition variable"},
      {"FutureBringsAValue", &FutureBringsAValue},
      {"PromiseIsNeverKept", &PromiseIsNeverKept, FindingKind::kDeadlock, "atomic"},
      {"AsyncRunsInAThread", &AsyncRunsInAThread},
      {"AsyncIsWaitedForWithALock", &AsyncIsWaitedForWithALock, FindingKind::kDeadlock, "mutex"},
      {"PackagedTaskHasItsResult", &PackagedTaskHasItsResult},
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
