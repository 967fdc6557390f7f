#include "selvage/tests/bench/bodies.h"

#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::bench {
namespace {

constexpr int kTimes = 3;

template <typename SomeThread, typename SomeLock>
void LockAddUnlock() {
  SomeLock lock;
  int counter = 0;
  const auto work = [&] {
    for (int i = 0; i < kTimes; ++i) {
      const std::lock_guard guard(lock);
      counter = counter + 1;
    }
  };
  SomeThread a(work);
  SomeThread b(work);
  SomeThread c(work);
  a.join();
  b.join();
  c.join();
  if (counter != 3 * kTimes) std::abort();
}

}  // namespace

void LockAddUnlockOnTasks() { LockAddUnlock<Thread, Lock>(); }
void LockAddUnlockOnThreads() { LockAddUnlock<std::thread, std::mutex>(); }

void YieldOnTasks(int tasks, int yields) {
  std::vector<Thread> threads;
  for (int i = 0; i < tasks; ++i) {
    threads.emplace_back([yields] {
      for (int step = 0; step < yields; ++step) Yield();
    });
  }
}

}  // namespace selvage::bench
