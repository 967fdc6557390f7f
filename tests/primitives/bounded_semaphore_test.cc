// BoundedSemaphore, natively and in schedules.

#include "selvage/primitives/bounded_semaphore.h"

#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <stdexcept>

#include "selvage/primitives/guard.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::milliseconds;

TEST(BoundedSemaphoreNative, Acquire_BlocksAtTheLimit) {
  BoundedSemaphore semaphore(1);
  semaphore.acquire();
  EXPECT_FALSE(semaphore.try_acquire());
  EXPECT_FALSE(semaphore.try_acquire_for(milliseconds(1)));
  WatchedThread waiter([&] { semaphore.acquire(); });
  EXPECT_TRUE(waiter.Blocks());
  semaphore.release();
}

TEST(BoundedSemaphoreNative, Release_AboveTheLimit_ThrowsAndChangesNothing) {
  BoundedSemaphore semaphore(2, "pool");
  semaphore.acquire();
  EXPECT_THROW(semaphore.release(2), std::logic_error);
  EXPECT_THROW(semaphore.release(-1), std::logic_error);
  semaphore.release();
  EXPECT_THROW(semaphore.release(), std::logic_error);
  EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_TRUE(semaphore.try_acquire());
  EXPECT_FALSE(semaphore.try_acquire());
}

TEST(BoundedSemaphoreNative, NegativePermits_Throw) {
  EXPECT_THROW(BoundedSemaphore(-1), std::logic_error);
}

TEST(BoundedSemaphoreNative, IsLockable) {
  BoundedSemaphore semaphore(1);
  {
    const std::unique_lock<BoundedSemaphore> lock(semaphore);
    EXPECT_FALSE(semaphore.try_lock());
  }
  EXPECT_TRUE(semaphore.try_lock());
}

TEST(BoundedSemaphoreSchedule, NeverMoreThanTheLimitAreIn) {
  const Result result = Explore(
      [] {
        BoundedSemaphore semaphore(1, "door");
        Shared<int> inside(0);
        const auto visit = [&] {
          semaphore.acquire();
          ++inside;
          SELVAGE_EXPECT(inside == 1);
          --inside;
          semaphore.release();
        };
        Thread other(visit);
        visit();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BoundedSemaphoreSchedule, Release_AboveTheLimit_IsMisuse) {
  const Result result = Explore([] { BoundedSemaphore(3, "pool").release(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse,
                          "BoundedSemaphore 'pool': released more often than acquired"))
      << result.Text();
}

TEST(BoundedSemaphoreSchedule, Acquire_NeverReleased_IsADeadlock) {
  const Result result = Explore(
      [] {
        BoundedSemaphore semaphore(1, "pool");
        semaphore.acquire();
        semaphore.acquire();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "BoundedSemaphore 'pool'"))
      << result.Text();
}

TEST(BoundedSemaphoreSchedule, TryAcquireFor_NoPermit_ExpiresInVirtualTime) {
  const Result result = Explore(
      [] {
        BoundedSemaphore semaphore(0);
        SELVAGE_EXPECT(!semaphore.try_acquire_for(std::chrono::hours(2)));
        SELVAGE_EXPECT(Clock::now().time_since_epoch() == std::chrono::hours(2));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(BoundedSemaphoreOrder, ReleaseIsBeforeTheAcquireItLetsThrough) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  const auto body = [](bool guarded) {
    BoundedSemaphore semaphore(1);
    int value = 0;
    const auto add = [&] {
      semaphore.acquire();
      if (guarded) ++value;
      semaphore.release();
      if (!guarded) ++value;
    };
    Thread other(add);
    add();
  };
  EXPECT_FALSE(Races([&] { body(true); }));
  EXPECT_TRUE(Races([&] { body(false); }));
}

}  // namespace
}  // namespace selvage
