#include "selvage/tests/harness/interpose/uncontrolled_mutex_bodies.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>

#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

void RunTwice(const std::function<void()>& work) {
  const Thread first("first", work);
  const Thread second("second", work);
}

}  // namespace

void IncrementUnderLock() {
  std::mutex mutex;
  int counter = 0;
  RunTwice([&] {
    for (int i = 0; i < 3; ++i) {
      const std::lock_guard<std::mutex> guard(mutex);
      ++counter;
    }
  });
  SELVAGE_EXPECT(counter == 6);
}

void IncrementUnderTryLock() {
  std::mutex mutex;
  int counter = 0;
  RunTwice([&] {
    if (!mutex.try_lock()) return;
    ++counter;
    mutex.unlock();
  });
  SELVAGE_EXPECT(counter == 2);
}

void IncrementUnderTimedLock() {
  std::timed_mutex mutex;
  int counter = 0;
  RunTwice([&] {
    if (!mutex.try_lock_for(std::chrono::hours(1))) return;
    ++counter;
    mutex.unlock();
  });
  SELVAGE_EXPECT(counter == 2);
}

void IncrementInTwoSections() {
  std::mutex mutex;
  int counter = 0;
  std::atomic<bool> switched = false;
  RunTwice([&] {
    mutex.lock();
    const int seen = counter;
    mutex.unlock();
    switched = true;
    mutex.lock();
    counter = seen + 1;
    mutex.unlock();
  });
  SELVAGE_EXPECT(counter == 2);
}

}  // namespace selvage
