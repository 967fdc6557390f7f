// Lock, natively and in schedules.

#include "selvage/primitives/lock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <concepts>
#include <functional>
#include <latch>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/error_of.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

// [thread.req.lockable.req] and [thread.req.lockable.timed].
template <typename T>
concept TimedLockable = requires(T& lock, seconds duration,
                                 std::chrono::steady_clock::time_point time) {
  lock.lock();
  lock.unlock();
  { lock.try_lock() } -> std::same_as<bool>;
  { lock.try_lock_for(duration) } -> std::same_as<bool>;
  { lock.try_lock_until(time) } -> std::same_as<bool>;
};
static_assert(TimedLockable<Lock>);
static_assert(TimedLockable<RLock>);
static_assert(!std::is_copy_constructible_v<Lock> && !std::is_move_constructible_v<Lock>);

// Runs `operation` in an ordinary thread of its own.
template <typename Operation>
auto InAnotherThread(Operation operation) {
  decltype(operation()) result{};
  std::thread([&] { result = operation(); }).join();
  return result;
}

// --- Natively ---

TEST(LockNative, OfManyThreads_OneAtATimeHoldsIt) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  Lock lock;
  int count = 0;
  std::latch together(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      for (int round = 0; round < kRounds; ++round) {
        const Guard guard(lock);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kRounds);
}

TEST(LockNative, TryLockOfAHeldLock_IsFalse) {
  Lock lock;
  const Guard guard(lock);
  EXPECT_FALSE(InAnotherThread([&] { return lock.try_lock(); }));
}

TEST(LockNative, TryLockByTheHolder_IsFalse) {
  Lock lock;
  const Guard guard(lock);
  EXPECT_FALSE(lock.try_lock());
}

TEST(LockNative, TimedLockOfAHeldLock_Expires) {
  Lock lock;
  const Guard guard(lock);
  EXPECT_FALSE(InAnotherThread([&] { return lock.try_lock_for(milliseconds(1)); }));
  EXPECT_FALSE(InAnotherThread([&] { return lock.try_lock_for(seconds(-1)); }));
  EXPECT_FALSE(InAnotherThread(
      [&] { return lock.try_lock_until(std::chrono::system_clock::now() + milliseconds(1)); }));
}

TEST(LockNative, TimedLockOfAFreeLock_AcquiresWhateverTheTimeout) {
  Lock lock;
  ASSERT_TRUE(lock.try_lock_for(seconds(0)));
  lock.unlock();
  ASSERT_TRUE(lock.try_lock_for(seconds(-1)));
  lock.unlock();
  ASSERT_TRUE(lock.try_lock_until(std::chrono::steady_clock::time_point::min()));
  lock.unlock();
}

// Whether `acquire`, called while the lock is held, waits until it is given up and then has it.
bool AcquiresOnceReleased(const std::function<bool(Lock&)>& acquire) {
  Lock lock;
  bool acquired = false;
  lock.lock();
  WatchedThread waiter([&] {
    acquired = acquire(lock);
    if (acquired) lock.unlock();
  });
  waiter.Blocks();
  lock.unlock();
  waiter.Join();
  return acquired;
}

TEST(LockNative, LockOfAHeldLock_WaitsForTheUnlock) {
  EXPECT_TRUE(AcquiresOnceReleased([](Lock& lock) {
    lock.lock();
    return true;
  }));
}

TEST(LockNative, TimedLockThatIsReleasedInTime_Acquires) {
  EXPECT_TRUE(AcquiresOnceReleased([](Lock& lock) { return lock.try_lock_for(hours(1)); }));
  EXPECT_TRUE(AcquiresOnceReleased(
      [](Lock& lock) { return lock.try_lock_until(std::chrono::system_clock::now() + hours(1)); }));
}

TEST(LockNative, LongestTimeout_DoesNotExpireAtOnce) {
  EXPECT_TRUE(
      AcquiresOnceReleased([](Lock& lock) { return lock.try_lock_for(nanoseconds::max()); }));
}

TEST(LockNative, LongestTimeoutInHours_DoesNotExpireAtOnce) {
  EXPECT_TRUE(AcquiresOnceReleased([](Lock& lock) { return lock.try_lock_for(hours::max()); }));
}

TEST(LockNative, LatestDeadline_DoesNotExpireAtOnce) {
  EXPECT_TRUE(AcquiresOnceReleased([](Lock& lock) {
    return lock.try_lock_until(std::chrono::steady_clock::time_point::max());
  }));
}

TEST(LockNative, SecondLockByTheHolder_ThrowsResourceDeadlockWouldOccur) {
  Lock lock("config");
  const Guard guard(lock);
  std::string text;
  EXPECT_EQ(ErrorOf([&] { lock.lock(); }, &text), std::errc::resource_deadlock_would_occur);
  EXPECT_NE(text.find("Lock 'config'"), std::string::npos) << text;
}

TEST(LockNative, UnlockByAnotherThread_ThrowsOperationNotPermittedAndLeavesItHeld) {
  Lock lock("config");
  const Guard guard(lock);
  std::string text;
  EXPECT_EQ(InAnotherThread([&] { return ErrorOf([&] { lock.unlock(); }, &text); }),
            std::errc::operation_not_permitted);
  EXPECT_NE(text.find("Lock 'config'"), std::string::npos) << text;
  EXPECT_TRUE(lock.locked());
}

TEST(LockNative, UnlockOfAFreeLock_ThrowsOperationNotPermitted) {
  Lock lock;
  EXPECT_EQ(ErrorOf([&] { lock.unlock(); }), std::errc::operation_not_permitted);
}

TEST(LockNative, Locked_SaysWhetherItIsHeld) {
  Lock lock;
  EXPECT_FALSE(lock.locked());
  {
    const Guard guard(lock);
    EXPECT_TRUE(lock.locked());
  }
  EXPECT_FALSE(lock.locked());
}

// --- In schedules ---

TEST(LockInSchedule, BetweenLockAndUnlock_NobodyElseIs) {
  const Result result = Explore(
      [] {
        Lock lock;
        Shared<int> inside(0);
        const auto enter = [&] {
          const Guard guard(lock);
          ++inside;
          SELVAGE_EXPECT(inside == 1);
          --inside;
        };
        const Thread other(enter);
        enter();
      },
      Exhaustively(/*preemptions=*/3));
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(LockInSchedule, LockWhileHeld_WaitsForTheUnlock) {
  bool waited = false;
  const Result result = Explore(
      [&] {
        Lock lock;
        Shared<bool> released(false);
        const Thread other([&] {
          const Guard guard(lock);
          if (released) waited = true;
        });
        lock.lock();
        released = true;
        lock.unlock();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_TRUE(waited);
}

TEST(Lock, SecondLockByHolder_IsReportedNotHung) {
  const Result result = Explore(
      [] {
        Lock lock("config");
        lock.lock();
        lock.lock();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "Lock 'config', which it holds itself"))
      << result.Text();
}

TEST(LockInSchedule, TryLockByTheHolder_IsFalse) {
  const Result result = Explore(
      [] {
        Lock lock;
        const Guard guard(lock);
        SELVAGE_EXPECT(!lock.try_lock());
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(LockInSchedule, TryLock_FailsInSomeSchedulesAndSucceedsInOthers) {
  int failed = 0;
  int succeeded = 0;
  const Result result = Explore(
      [&] {
        Lock lock;
        const Thread other([&] { const Guard guard(lock); });
        if (lock.try_lock()) {
          ++succeeded;
          lock.unlock();
        } else {
          ++failed;
        }
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_GT(failed, 0);
  EXPECT_GT(succeeded, 0);
}

TEST(LockInSchedule, TimedLock_ExpiresEarlyInSomeSchedulesWhereThatIsAllowed) {
  const auto expired_with = [](bool early_timeouts) {
    bool expired = false;
    Options options = Exhaustively();
    options.early_timeouts = early_timeouts;
    const Result result = Explore(
        [&] {
          Lock lock;
          const Thread other([&] { const Guard guard(lock); });
          if (lock.try_lock_for(hours(1))) {
            lock.unlock();
          } else {
            expired = true;
          }
        },
        options);
    EXPECT_TRUE(Proven(result)) << result.Text();
    return expired;
  };
  EXPECT_TRUE(expired_with(true));
  EXPECT_FALSE(expired_with(false));
}

TEST(LockInSchedule, UnlockOfAFreeLock_IsMisuseNamingTheLock) {
  const Result result = Explore([] { Lock("config").unlock(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Lock 'config': unlocked"))
      << result.Text();
}

TEST(LockInSchedule, UnlockByAnotherTask_IsMisuseNamingTheLock) {
  const Result result = Explore(
      [] {
        Lock lock("config");
        lock.lock();
        Thread([&] { lock.unlock(); }).join();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Lock 'config': unlocked by a task"))
      << result.Text();
}

TEST(LockInSchedule, UnnamedLock_IsCalledAfterWhereItWasMade) {
  const Result result = Explore(
      [] {
        Lock lock;
        lock.unlock();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Lock made at lock_test.cc:"))
      << result.Text();
}

TEST(LockInSchedule, TaskThatEndsHoldingALock_IsALeakedLock) {
  Lock lock("config");
  const Result result =
      Explore([&] { Thread("careless", [&] { lock.lock(); }).join(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLeakedLock,
                          "task 'careless' ended while it held Lock 'config'"))
      << result.Text();
}

TEST(LockInSchedule, BodyThatEndsHoldingALock_IsALeakedLock) {
  Lock lock("config");
  const Result result = Explore([&] { lock.lock(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLeakedLock, "Lock 'config'")) << result.Text();
}

TEST(LockInSchedule, TaskThatWaitsForALeakedLock_IsADeadlockThatNamesTheHolder) {
  Lock lock("config");
  const Result result = Explore(
      [&] {
        Thread("careless", [&] { lock.lock(); }).join();
        lock.lock();
      },
      Exhaustively());
  EXPECT_TRUE(result.Has(FindingKind::kLeakedLock)) << result.Text();
  EXPECT_NE(FindingOf(result, FindingKind::kDeadlock)
                .summary.find("which careless holds although it has ended"),
            std::string::npos)
      << result.Text();
}

TEST(LockInSchedule, DestroyingAHeldLock_IsMisuse) {
  const Result result = Explore(
      [] {
        Lock lock("config");
        lock.lock();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Lock 'config': destroyed while held"))
      << result.Text();
}

TEST(LockInSchedule, Locked_SaysWhetherItIsHeld) {
  const Result result = Explore(
      [] {
        Lock lock;
        SELVAGE_EXPECT(!lock.locked());
        const Guard guard(lock);
        SELVAGE_EXPECT(lock.locked());
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(LockInSchedule, LockAtTheAddressOfADestroyedOne_IsANewLock) {
  const Result result = Explore(
      [] {
        alignas(Lock) unsigned char room[sizeof(Lock)];
        auto* first = new (room) Lock("first");
        Thread([&] { const Guard guard(*first); }).join();
        first->~Lock();
        auto* second = new (room) Lock("second");
        Thread([&] { const Guard guard(*second); }).join();
        second->~Lock();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// --- With the standard library's holders ---

TEST(LockWithStandardHolders, LockGuardAndUniqueLock_HoldIt) {
  const Result result = Explore(
      [] {
        Lock lock;
        {
          const std::lock_guard<Lock> guard(lock);
          SELVAGE_EXPECT(lock.locked());
        }
        std::unique_lock<Lock> holder(lock, std::defer_lock);
        SELVAGE_EXPECT(!holder.owns_lock());
        SELVAGE_EXPECT(holder.try_lock());
        holder.unlock();
        SELVAGE_EXPECT(holder.try_lock_for(milliseconds(1)));
        SELVAGE_EXPECT(lock.locked());
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// The avoidance algorithm of std::lock takes and gives back for ever in some schedules; with
// bounded preemptions they have an end.
TEST(LockWithStandardHolders, ScopedLocksOfTwoInOppositeOrder_NeverDeadlock) {
  const Result result = Explore(
      [] {
        Lock a;
        Lock b;
        int both = 0;
        {
          const Thread other([&] {
            const std::scoped_lock locks(b, a);
            ++both;
          });
          const std::scoped_lock locks(a, b);
          ++both;
        }
        SELVAGE_EXPECT(both == 2);
      },
      Exhaustively(/*preemptions=*/3));
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_GT(result.schedules, 20U);
}

TEST(LockWithStandardHolders, ScopedLocksOfThreeInRotatedOrders_NeverDeadlock) {
  const Result result = Explore(
      [] {
        Lock a;
        Lock b;
        RLock c;
        int all = 0;
        {
          const Thread second([&] {
            const std::scoped_lock locks(b, c, a);
            ++all;
          });
          const Thread third([&] {
            const std::scoped_lock locks(c, a, b);
            ++all;
          });
          const std::scoped_lock locks(a, b, c);
          ++all;
        }
        SELVAGE_EXPECT(all == 3);
      },
      Exhaustively(/*preemptions=*/1));
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_GT(result.schedules, 20U);
}

TEST(LockWithStandardHolders, ScopedLocksNatively_NeverDeadlock) {
  Lock a;
  Lock b;
  int both = 0;
  std::latch together(2);
  std::thread other([&] {
    together.arrive_and_wait();
    for (int i = 0; i < 10'000; ++i) {
      const std::scoped_lock locks(b, a);
      ++both;
    }
  });
  together.arrive_and_wait();
  for (int i = 0; i < 10'000; ++i) {
    const std::scoped_lock locks(a, b);
    ++both;
  }
  other.join();
  EXPECT_EQ(both, 20'000);
}

}  // namespace
}  // namespace selvage
