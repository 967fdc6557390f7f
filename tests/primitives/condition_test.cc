// Condition, natively.

#include "selvage/primitives/condition.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(ConditionNative, NotifyOne_WakesTheOneThatHasWaitedLongest) {
  Lock lock;
  Condition condition;
  std::vector<int> woken;
  const auto wait = [&](int number) {
    const Guard guard(lock);
    condition.wait(lock);
    woken.push_back(number);
  };
  WatchedThread first([&] { wait(1); });
  ASSERT_TRUE(first.Blocks());
  WatchedThread second([&] { wait(2); });
  ASSERT_TRUE(second.Blocks());

  condition.notify_one();
  first.Join();
  EXPECT_TRUE(second.Blocks());
  condition.notify_one();
  second.Join();
  EXPECT_EQ(woken, (std::vector<int>{1, 2}));
}

TEST(ConditionNative, NotifyAll_WakesEverybody) {
  Lock lock;
  Condition condition;
  int woken = 0;
  const auto wait = [&] {
    const Guard guard(lock);
    condition.wait(lock);
    ++woken;
  };
  WatchedThread first(wait);
  WatchedThread second(wait);
  ASSERT_TRUE(first.Blocks());
  ASSERT_TRUE(second.Blocks());
  condition.notify_all();
  first.Join();
  second.Join();
  EXPECT_EQ(woken, 2);
}

TEST(ConditionNative, NotifyBeforeTheWait_IsLost) {
  Lock lock;
  Condition condition;
  condition.notify_one();
  condition.notify_all();
  const Guard guard(lock);
  EXPECT_EQ(condition.wait_for(lock, milliseconds(1)), std::cv_status::timeout);
}

TEST(ConditionNative, WaitThatTimesOut_HoldsTheLockAgainAndHearsNoLaterNotification) {
  Lock lock;
  Condition condition;
  const Guard guard(lock);
  EXPECT_EQ(condition.wait_for(lock, milliseconds(1)), std::cv_status::timeout);
  EXPECT_TRUE(lock.locked());
  condition.notify_one();  // would touch the waiter's frame if it were still listed
  EXPECT_EQ(condition.wait_for(lock, seconds(-1)), std::cv_status::timeout);
}

// Whether a wait that nobody notifies at first goes on until somebody does.
bool WaitsForTheNotification(const std::function<std::cv_status(Condition&, Lock&)>& wait) {
  Lock lock;
  Condition condition;
  std::cv_status status = std::cv_status::timeout;
  WatchedThread waiter([&] {
    const Guard guard(lock);
    status = wait(condition, lock);
  });
  waiter.Blocks();
  {
    const Guard guard(lock);
    condition.notify_one();
  }
  waiter.Join();
  return status == std::cv_status::no_timeout;
}

TEST(ConditionNative, TimedWaitThatIsNotifiedInTime_SaysNoTimeout) {
  EXPECT_TRUE(WaitsForTheNotification(
      [](Condition& condition, Lock& lock) { return condition.wait_for(lock, hours(1)); }));
}

TEST(ConditionNative, LongestTimeout_DoesNotExpireAtOnce) {
  EXPECT_TRUE(WaitsForTheNotification([](Condition& condition, Lock& lock) {
    return condition.wait_for(lock, nanoseconds::max());
  }));
}

TEST(ConditionNative, WaitWithAnRLock_GivesItUpWholeAndTakesItBackAsDeep) {
  RLock lock;
  Condition condition;
  WatchedThread waiter([&] {
    for (int i = 0; i < 3; ++i) lock.lock();
    condition.wait(lock);
    for (int i = 0; i < 3; ++i) lock.unlock();
  });
  ASSERT_TRUE(waiter.Blocks());
  ASSERT_TRUE(lock.try_lock());
  condition.notify_one();
  lock.unlock();
  waiter.Join();
  EXPECT_FALSE(lock.locked());
}

TEST(ConditionNative, WaitWithoutTheLock_ThrowsOperationNotPermitted) {
  Lock lock;
  Condition condition("changed");
  try {
    condition.wait(lock);
    FAIL() << "no exception";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::operation_not_permitted);
    EXPECT_NE(std::string(error.what()).find("Condition 'changed'"), std::string::npos);
  }
}

TEST(ConditionNative, PredicateForms_WaitForWhatIsTrue) {
  Lock lock;
  Condition condition;
  bool ready = false;
  {
    std::unique_lock<Lock> holder(lock);
    EXPECT_FALSE(condition.wait_for(holder, milliseconds(1), [&] { return ready; }));
    EXPECT_FALSE(condition.wait_until(holder, std::chrono::steady_clock::now() + milliseconds(1),
                                      [&] { return ready; }));
  }
  std::thread other([&] {
    const Guard guard(lock);
    ready = true;
    condition.notify_all();
  });
  {
    std::unique_lock<Lock> holder(lock);
    condition.wait(holder, [&] { return ready; });
    EXPECT_TRUE(condition.wait_for(holder, hours(1), [&] { return ready; }));
  }
  other.join();
}

}  // namespace
}  // namespace selvage
