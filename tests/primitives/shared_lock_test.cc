// SharedLock, natively and in schedules.

#include "selvage/primitives/shared_lock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "selvage/primitives/atomic.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;

constexpr SharedLockPolicy kPolicies[] = {SharedLockPolicy::kReadersFirst,
                                          SharedLockPolicy::kWritersFirst, SharedLockPolicy::kFair};

TEST(SharedLockNative, WritersExcludeReadersAndEachOther) {
  for (const SharedLockPolicy policy : kPolicies) {
    SharedLock lock(policy);
    int value = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 3'000; ++round) {
          if (i == 0) {
            const SharedGuard guard(lock);
            EXPECT_EQ(value % 2, 0);
          } else {
            const Guard guard(lock);
            ++value;
            ++value;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(value, 2 * 2 * 3'000);
  }
}

TEST(SharedLockNative, IsSharedTimedLockable) {
  SharedLock lock("config");
  {
    const std::shared_lock<SharedLock> first(lock);
    const std::shared_lock<SharedLock> second(lock, milliseconds(1));
    EXPECT_TRUE(second.owns_lock());
    std::thread([&] {
      const std::unique_lock<SharedLock> writer(lock, milliseconds(1));
      EXPECT_FALSE(writer.owns_lock());
    }).join();
  }
  const std::unique_lock<SharedLock> writer(lock, std::try_to_lock);
  EXPECT_TRUE(writer.owns_lock());
  std::thread([&] {
    EXPECT_FALSE(lock.try_lock_shared());
    EXPECT_FALSE(lock.try_lock_shared_for(milliseconds(1)));
    EXPECT_FALSE(lock.try_lock_until(std::chrono::steady_clock::now()));
  }).join();
}

TEST(SharedLockNative, WaitingWriter_KeepsNewReadersOutUnlessReadersGoFirst) {
  for (const SharedLockPolicy policy : kPolicies) {
    SharedLock lock(policy);
    lock.lock_shared();
    WatchedThread writer([&] { const Guard guard(lock); });
    EXPECT_TRUE(writer.Blocks());
    bool entered = false;
    std::thread([&] {
      entered = lock.try_lock_shared();
      if (entered) lock.unlock_shared();
    }).join();
    EXPECT_EQ(entered, policy == SharedLockPolicy::kReadersFirst);
    lock.unlock_shared();
  }
}

TEST(SharedLockNative, WriterThatGivesUp_LetsReadersInAgain) {
  SharedLock lock(SharedLockPolicy::kFair);
  lock.lock_shared();
  std::thread([&] { EXPECT_FALSE(lock.try_lock_for(milliseconds(1))); }).join();
  std::thread([&] {
    EXPECT_TRUE(lock.try_lock_shared());
    lock.unlock_shared();
  }).join();
  lock.unlock_shared();
}

TEST(SharedLockNative, Misuse_Throws) {
  SharedLock lock("config");
  EXPECT_THROW(lock.unlock(), std::system_error);
  EXPECT_THROW(lock.unlock_shared(), std::system_error);
  lock.lock_shared();
  EXPECT_THROW(lock.lock(), std::system_error);
  EXPECT_THROW(lock.unlock(), std::system_error);
  lock.unlock_shared();
  lock.lock();
  EXPECT_THROW(lock.lock(), std::system_error);
  EXPECT_THROW(lock.lock_shared(), std::system_error);
  EXPECT_THROW(lock.unlock_shared(), std::system_error);
  lock.unlock();
}

class SharedLockPolicies : public testing::TestWithParam<SharedLockPolicy> {};
INSTANTIATE_TEST_SUITE_P(Each, SharedLockPolicies, testing::ValuesIn(kPolicies));

TEST_P(SharedLockPolicies, OneWriterOneReader_NoScheduleBreaksTheInvariant) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        Shared<int> a(0);
        Shared<int> b(0);
        Thread writer([&] {
          const Guard guard(lock);
          a = 1;
          b = 1;
        });
        const SharedGuard guard(lock);
        SELVAGE_EXPECT(a == b);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST_P(SharedLockPolicies, TwoWritersOneReader_EndInEverySchedule) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        Thread first([&] { const Guard guard(lock); });
        Thread second([&] { const SharedGuard guard(lock); });
        const Guard guard(lock);
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST_P(SharedLockPolicies, Readers_CanBeInTogether) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        Event inside;
        Thread other([&] {
          const SharedGuard guard(lock);
          inside.set();
        });
        const SharedGuard guard(lock);
        inside.wait();
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST_P(SharedLockPolicies, RecursiveReadWithAWriterInBetween_DeadlocksUnlessReadersGoFirst) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        Thread writer("writer", [&] { const Guard guard(lock); });
        lock.lock_shared();
        lock.lock_shared();
        lock.unlock_shared();
        lock.unlock_shared();
      },
      Exhaustively());
  EXPECT_EQ(result.Has(FindingKind::kDeadlock), GetParam() != SharedLockPolicy::kReadersFirst)
      << result.Text();
}

TEST_P(SharedLockPolicies, Upgrade_IsASelfDeadlock) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        lock.lock_shared();
        lock.lock();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "SharedLock 'config'")) << result.Text();
}

TEST_P(SharedLockPolicies, TryLockFor_WhileRead_ExpiresInVirtualTimeAndLetsOthersIn) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        const SharedGuard guard(lock);
        Thread writer([&] { SELVAGE_EXPECT(!lock.try_lock_for(std::chrono::hours(1))); });
        writer.join();
        SELVAGE_EXPECT(Clock::now().time_since_epoch() == std::chrono::hours(1));
        SELVAGE_EXPECT(lock.try_lock_shared());
        lock.unlock_shared();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST_P(SharedLockPolicies, WriterThatGivesUp_LetsTheReadersBehindItIn) {
  const Result result = Explore(
      [&] {
        SharedLock lock("config", GetParam());
        Event read;
        const SharedGuard guard(lock);
        Thread writer([&] { SELVAGE_EXPECT(!lock.try_lock_for(std::chrono::hours(1))); });
        Thread reader([&] {
          const SharedGuard behind(lock);
          read.set();
        });
        read.wait();
        writer.join();
      },
      ExhaustivelyAtPrimitives());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(SharedLockSchedule, ReaderMayGoBeforeAWriterThatHasNotAskedYet) {
  // The writer is about to lock, as far as its code goes, from its first step on.
  const Result result = Explore(
      [] {
        SharedLock lock("config");
        Shared<int> order(0);
        Thread writer([&] {
          const Guard guard(lock);
          order = 1;
        });
        Yield();
        const SharedGuard guard(lock);
        SELVAGE_EXPECT(order == 1);
      },
      Exhaustively());
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
}

TEST(SharedLockSchedule, Unlock_InTheWrongMode_IsMisuse) {
  const Result result = Explore(
      [] {
        SharedLock lock("config");
        lock.lock_shared();
        lock.unlock();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "SharedLock 'config': unlocked"))
      << result.Text();
}

TEST(SharedLockSchedule, DestroyedWhileHeld_IsMisuse) {
  const Result result = Explore([] { SharedLock("config").lock_shared(); }, Exhaustively());
  EXPECT_TRUE(
      OnlyFinding(result, FindingKind::kMisuse, "SharedLock 'config': destroyed while held"))
      << result.Text();
}

TEST(SharedLockSchedule, HeldAtTheEndOfATask_IsALeakedLock) {
  SharedLock lock("config");
  const Result result = Explore([&] { lock.lock_shared(); }, Exhaustively());
  EXPECT_TRUE(result.Has(FindingKind::kLeakedLock)) << result.Text();
}

TEST(SharedLockOrder, WriterIsBeforeReadersAndReadersBeforeWriter) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_FALSE(Races([] {
    SharedLock lock;
    int value = 0;
    int seen = 0;
    Thread writer([&] {
      const Guard guard(lock);
      ++value;
    });
    Thread reader([&] {
      const SharedGuard guard(lock);
      seen += value;
    });
    const Guard guard(lock);
    ++value;
  }));
}

TEST(SharedLockOrder, ReadersDoNotOrderEachOther) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  EXPECT_TRUE(Races([] {
    SharedLock lock;
    Atomic<bool> has_read(false);
    int value = 0;
    Thread first([&] {
      value = 1;
      { const SharedGuard guard(lock); }
      has_read.store(true, std::memory_order_relaxed);
    });
    if (!has_read.load(std::memory_order_relaxed)) return;
    const SharedGuard guard(lock);
    value = 2;
  }));
}

}  // namespace
}  // namespace selvage
