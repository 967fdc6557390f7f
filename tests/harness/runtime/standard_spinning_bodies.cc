// Correct programs whose threads wait in loops, as they are written with the standard library
// alone.

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/runtime/spinning_bodies.h"

namespace selvage::spinning {
namespace standard {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

void TicketLock() {
  std::atomic<int> next{0};
  std::atomic<int> serving{0};
  int count = 0;
  const auto work = [&] {
    for (int i = 0; i < 2; ++i) {
      const int mine = next.fetch_add(1);
      while (serving.load() != mine) std::this_thread::yield();
      ++count;
      serving.fetch_add(1);
    }
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 4);
}

void TestAndSetLock() {
  std::atomic_flag taken = ATOMIC_FLAG_INIT;
  int count = 0;
  const auto work = [&] {
    while (taken.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    ++count;
    taken.clear(std::memory_order_release);
  };
  std::thread a(work);
  std::thread b(work);
  work();
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 3);
}

void CompareExchangeLockWithSleeps() {
  std::atomic<int> owner{0};
  int count = 0;
  const auto work = [&](int self) {
    int free = 0;
    while (!owner.compare_exchange_strong(free, self)) {
      free = 0;
      std::this_thread::sleep_for(microseconds(50));
    }
    ++count;
    owner.store(0);
  };
  std::thread a(work, 1);
  std::thread b(work, 2);
  work(3);
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 3);
}

void CompareExchangeWeakLoop() {
  std::atomic<int> sum{0};
  const auto add = [&] {
    int seen = sum.load();
    while (!sum.compare_exchange_weak(seen, seen + 1)) std::this_thread::yield();
  };
  std::thread a(add);
  std::thread b(add);
  add();
  a.join();
  b.join();
  SELVAGE_EXPECT(sum.load() == 3);
}

void TryLockWithYield() {
  std::mutex mutex;
  int count = 0;
  const auto work = [&] {
    while (!mutex.try_lock()) std::this_thread::yield();
    ++count;
    mutex.unlock();
  };
  std::thread a(work);
  std::thread b(work);
  work();
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 3);
}

void TryLockWithExponentialSleeps() {
  std::mutex mutex;
  const auto work = [&] {
    auto delay = microseconds(1);
    while (!mutex.try_lock()) {
      std::this_thread::sleep_for(delay);
      if (delay < microseconds(64)) delay *= 2;
    }
    std::this_thread::yield();
    mutex.unlock();
  };
  std::thread a(work);
  std::thread b(work);
  a.join();
  b.join();
}

void TrySharedLock() {
  std::shared_mutex mutex;
  bool written = false;
  std::thread reader([&] {
    for (;;) {
      if (mutex.try_lock_shared()) {
        const bool done = written;
        mutex.unlock_shared();
        if (done) return;
      }
      std::this_thread::yield();
    }
  });
  mutex.lock();
  written = true;
  mutex.unlock();
  reader.join();
}

void FlagUnderAMutex() {
  std::mutex mutex;
  bool done = false;
  std::thread waiter([&] {
    for (;;) {
      const std::lock_guard guard(mutex);
      if (done) break;
    }
  });
  std::thread setter([&] {
    std::this_thread::yield();
    const std::lock_guard guard(mutex);
    done = true;
  });
  waiter.join();
  setter.join();
}

void SleepingUnderAnUnlockedMutex() {
  std::mutex mutex;
  bool done = false;
  std::thread setter([&] {
    std::this_thread::sleep_for(seconds(5));
    const std::lock_guard guard(mutex);
    done = true;
  });
  std::unique_lock lock(mutex);
  while (!done) {
    lock.unlock();
    std::this_thread::sleep_for(milliseconds(100));
    lock.lock();
  }
  lock.unlock();
  setter.join();
}

void PlainLoadLoop() {
  std::atomic<bool> done{false};
  std::thread setter([&] { done.store(true, std::memory_order_release); });
  while (!done.load(std::memory_order_acquire)) {
  }
  setter.join();
}

void SchedYield() {
  std::atomic<int> arrived{0};
  const auto meet = [&] {
    arrived.fetch_add(1);
    while (arrived.load() != 2) sched_yield();
  };
  std::thread other(meet);
  meet();
  other.join();
}

void PingPong() {
  std::atomic<int> turn{0};
  const auto play = [&](int self) {
    for (int i = 0; i < 3; ++i) {
      while (turn.load() != self) std::this_thread::yield();
      turn.store(1 - self);
    }
  };
  std::thread ping(play, 0);
  std::thread pong(play, 1);
  ping.join();
  pong.join();
}

void FuturePolling() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread producer([&] { promise.set_value(7); });
  while (future.wait_for(seconds(0)) != std::future_status::ready) std::this_thread::yield();
  SELVAGE_EXPECT(future.get() == 7);
  producer.join();
}

void SpinUntilADeadline() {
  std::atomic<bool> done{false};
  std::thread setter([&] { done.store(true); });
  const auto deadline = std::chrono::steady_clock::now() + milliseconds(1);
  while (!done.load() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  setter.join();
}

void SpinThenWait() {
  std::atomic<int> ready{0};
  std::thread setter([&] {
    ready.store(1);
    ready.notify_one();
  });
  for (int i = 0; i < 8 && ready.load() == 0; ++i) std::this_thread::yield();
  ready.wait(0);
  setter.join();
}

void SemaphorePolling() {
  sem_t items;
  sem_init(&items, 0, 0);
  std::thread consumer([&] {
    for (int i = 0; i < 2; ++i) {
      while (sem_trywait(&items) != 0) std::this_thread::yield();
    }
  });
  sem_post(&items);
  std::this_thread::yield();
  sem_post(&items);
  consumer.join();
  sem_destroy(&items);
}

void SequenceLock() {
  std::atomic<unsigned> sequence{0};
  std::atomic<int> low{0};
  std::atomic<int> high{0};
  std::thread writer([&] {
    sequence.fetch_add(1);
    low.store(1);
    high.store(1);
    sequence.fetch_add(1);
  });
  for (;;) {
    const unsigned before = sequence.load();
    const int a = low.load();
    const int b = high.load();
    if (before % 2 == 0 && sequence.load() == before) {
      SELVAGE_EXPECT(a == b);
      break;
    }
    std::this_thread::yield();
  }
  writer.join();
}

void PetersonsLock() {
  std::atomic<int> wants[2] = {0, 0};
  std::atomic<int> turn{0};
  int count = 0;
  const auto work = [&](int self) {
    wants[self].store(1);
    turn.store(1 - self);
    while (wants[1 - self].load() == 1 && turn.load() == 1 - self) std::this_thread::yield();
    ++count;
    wants[self].store(0);
  };
  std::thread a(work, 0);
  std::thread b(work, 1);
  a.join();
  b.join();
  SELVAGE_EXPECT(count == 2);
}

constexpr Program kCorrect[] = {
    {"std ticket lock", &TicketLock},
    {"std test-and-set lock", &TestAndSetLock},
    {"std compare-exchange lock with sleeps", &CompareExchangeLockWithSleeps},
    {"std compare-exchange loop", &CompareExchangeWeakLoop},
    {"std try_lock with yield", &TryLockWithYield},
    {"std try_lock with exponential sleeps", &TryLockWithExponentialSleeps},
    {"std try_lock_shared", &TrySharedLock},
    {"std flag under a mutex", &FlagUnderAMutex},
    {"std sleeping under an unlocked mutex", &SleepingUnderAnUnlockedMutex},
    {"std load loop", &PlainLoadLoop},
    {"sched_yield", &SchedYield},
    {"std ping-pong", &PingPong},
    {"std future polling", &FuturePolling},
    {"std spin until a deadline", &SpinUntilADeadline},
    {"std spin then wait", &SpinThenWait},
    {"sem_trywait polling", &SemaphorePolling},
    {"std sequence lock", &SequenceLock},
    {"std Peterson's lock", &PetersonsLock},
};

}  // namespace
}  // namespace standard

std::span<const Program> CorrectStandardPrograms() { return standard::kCorrect; }

}  // namespace selvage::spinning
