// RLock: what differs from Lock.

#include "selvage/primitives/rlock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;

bool IsFreeForOtherThreads(RLock& lock) {
  bool free = false;
  std::thread([&] {
    free = lock.try_lock();
    if (free) lock.unlock();
  }).join();
  return free;
}

TEST(RLockNative, LockedByItsHolderAgain_IsFreeAfterAsManyUnlocks) {
  RLock lock;
  lock.lock();
  EXPECT_TRUE(lock.try_lock());
  EXPECT_TRUE(lock.try_lock_for(milliseconds(0)));
  lock.unlock();
  lock.unlock();
  EXPECT_FALSE(IsFreeForOtherThreads(lock));
  lock.unlock();
  EXPECT_TRUE(IsFreeForOtherThreads(lock));
}

TEST(RLockNative, OfManyThreads_OneAtATimeHoldsItHoweverDeeply) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10'000;
  RLock lock;
  int count = 0;
  std::latch together(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      together.arrive_and_wait();
      for (int round = 0; round < kRounds; ++round) {
        const Guard outer(lock);
        const Guard inner(lock);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, kThreads * kRounds);
}

TEST(RLockNative, LockedMoreThanTheLimit_ThrowsTryAgainAndStaysUsable) {
  RLock lock;
  for (std::uint32_t i = 0; i < RLock::kMaxDepth; ++i) lock.lock();
  try {
    lock.lock();
    FAIL() << "no exception";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::resource_unavailable_try_again);
  }
  for (std::uint32_t i = 0; i < RLock::kMaxDepth; ++i) lock.unlock();
  EXPECT_TRUE(IsFreeForOtherThreads(lock));
}

TEST(RLockNative, UnlockOfAFreeOne_ThrowsOperationNotPermitted) {
  RLock lock;
  try {
    lock.unlock();
    FAIL() << "no exception";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::operation_not_permitted);
  }
}

TEST(RLockInSchedule, LockedByItsHolderAgain_KeepsOthersOutUntilTheLastUnlock) {
  const Result result = Explore(
      [] {
        RLock lock;
        Shared<bool> inside(false);
        const Thread other([&] {
          const Guard guard(lock);
          SELVAGE_EXPECT(!inside);
        });
        const Guard outer(lock);
        inside = true;
        { const Guard inner(lock); }
        inside = false;
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(RLockInSchedule, TryAndTimedLockByTheHolder_Deepen) {
  const Result result = Explore(
      [] {
        RLock lock;
        lock.lock();
        SELVAGE_EXPECT(lock.try_lock());
        SELVAGE_EXPECT(lock.try_lock_for(milliseconds(0)));
        for (int i = 0; i < 3; ++i) lock.unlock();
        SELVAGE_EXPECT(!lock.locked());
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(RLockInSchedule, LockedMoreThanTheLimit_IsMisuseNamingTheLock) {
  Options options = Exhaustively();
  options.max_steps = 200'000;
  bool reached_limit = false;
  RLock lock("deep");
  const Result result = Explore(
      [&] {
        for (std::uint32_t i = 0; i < RLock::kMaxDepth; ++i) lock.lock();
        reached_limit = true;
        lock.lock();
      },
      options);
  EXPECT_TRUE(reached_limit);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "RLock 'deep': locked too often"))
      << result.Text();
}

TEST(RLockInSchedule, HeldTwiceAtTheEndOfItsTask_IsOneLeakedLock) {
  RLock lock("config");
  const Result result = Explore(
      [&] {
        lock.lock();
        lock.lock();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kLeakedLock, "RLock 'config'")) << result.Text();
}

TEST(RLockInSchedule, UnlockedOnceTooOften_IsMisuse) {
  const Result result = Explore(
      [] {
        RLock lock("config");
        lock.lock();
        lock.lock();
        for (int i = 0; i < 3; ++i) lock.unlock();
      },
      Exhaustively());
  EXPECT_TRUE(
      OnlyFinding(result, FindingKind::kMisuse, "RLock 'config': unlocked while nobody holds it"))
      << result.Text();
}

}  // namespace
}  // namespace selvage
