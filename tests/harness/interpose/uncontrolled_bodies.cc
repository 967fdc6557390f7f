#include "selvage/tests/harness/interpose/uncontrolled_bodies.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

void RunTwice(const std::function<void()>& work) {
  const Thread first("first", work);
  const Thread second("second", work);
}

}  // namespace

void StartTwoNativeThreads() {
  const Thread task("task", [] {
    std::thread first([] {});
    std::thread second([] {});
    first.join();
    second.join();
  });
}

void LockANativeMutexInTwoTasks() {
  std::mutex mutex;
  RunTwice([&] { const std::lock_guard<std::mutex> guard(mutex); });
}

void AssertInTasks() {
  RunTwice([] {
    EXPECT_EQ(1 + 1, 2);
    EXPECT_NONFATAL_FAILURE(ADD_FAILURE() << "as expected", "as expected");
  });
}

void AddAtomically() {
  std::atomic<int> sum = 0;
  RunTwice([&] { sum.fetch_add(1); });
}

void AddRelaxed() {
  std::atomic<int> sum = 0;
  RunTwice([&] { sum.fetch_add(1, std::memory_order_relaxed); });
}

void CopyASharedPointerAndUseALocalStatic() {
  const auto value = std::make_shared<int>(1);
  const auto local = [] {
    static const auto once = std::make_unique<int>(1);
    return *once;
  };
  local();
  RunTwice([&] {
    const std::shared_ptr<int> copy = value;
    local();
  });
}

}  // namespace selvage
