#include <chrono>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;

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

}  // namespace

std::vector<Program> MutexPrograms() {
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
  };
}

}  // namespace selvage
