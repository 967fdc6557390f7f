#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

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

// Nobody waits for its end, and so it need not come.
void DetachedThreadWaitsForEver() {
  static std::mutex mutex;
  static std::condition_variable never;
  std::thread([] {
    std::unique_lock<std::mutex> lock(mutex);
    never.wait(lock, [] { return false; });
  }).detach();
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

}  // namespace

std::vector<Program> ThreadPrograms() {
  return {
      {"LoopLooksAtTheClock", &LoopLooksAtTheClock},
      {"SleepersWakeInTheOrderOfTheirTimes", &SleepersWakeInTheOrderOfTheirTimes},
      {"SleepIsTakenForAnOrder", &SleepIsTakenForAnOrder, FindingKind::kFailedExpectation,
       "value == 1"},
      {"ThreadIsNotJoined", &ThreadIsNotJoined, FindingKind::kLeakedThread, "was still alive"},
      {"ThreadIsDetached", &ThreadIsDetached},
      {"DetachedThreadWaitsForEver", &DetachedThreadWaitsForEver},
      {"ThreadThrows", &ThreadThrows, FindingKind::kUnhandledException, "out of paper"},
      {"JThreadIsAskedToStop", &JThreadIsAskedToStop},
      {"JThreadDoesNotListen", &JThreadDoesNotListen, FindingKind::kDeadlock,
       "to be notified by condition variable"},
      {"ThreadsHaveIdsOfTheirOwn", &ThreadsHaveIdsOfTheirOwn},
      {"ThreadsJoinEachOther", &ThreadsJoinEachOther, FindingKind::kDeadlock,
       "waits for the end of"},
      {"ThreadLocalsStartAnew", &ThreadLocalsStartAnew},
      {"ThreadLocalsAreDestroyedBeforeTheJoin", &ThreadLocalsAreDestroyedBeforeTheJoin},
      {"CallOnceCallsOnce", &CallOnceCallsOnce},
      {"CallOnceCallsAgainAfterAnException", &CallOnceCallsAgainAfterAnException},
      {"CallOnceWaitsForTheLockOfItsWaiter", &CallOnceWaitsForTheLockOfItsWaiter,
       FindingKind::kDeadlock, "once flag"},
      {"LocalStaticIsMadeOnce", &LocalStaticIsMadeOnce},
  };
}

}  // namespace selvage
