// Semaphore, natively and in schedules.

#include "selvage/primitives/semaphore.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/error_of.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

int PermitsLeft(Semaphore& semaphore) {
  int count = 0;
  while (semaphore.try_acquire()) ++count;
  return count;
}

// --- Natively ---

TEST(SemaphoreNative, Permits_CountDownAndUp) {
  Semaphore semaphore(3);
  semaphore.acquire();
  semaphore.release();
  semaphore.release(4);
  semaphore.release(0);
  EXPECT_EQ(PermitsLeft(semaphore), 7);
  EXPECT_FALSE(semaphore.try_acquire_for(milliseconds(1)));
  EXPECT_FALSE(semaphore.try_acquire_for(seconds(-1)));
}

TEST(SemaphoreNative, AcquireWithoutAPermit_WaitsForARelease) {
  Semaphore semaphore(0);
  WatchedThread waiter([&] { semaphore.acquire(); });
  EXPECT_TRUE(waiter.Blocks());
  semaphore.release();
  waiter.Join();
  EXPECT_FALSE(semaphore.try_acquire());
}

TEST(SemaphoreNative, ReleaseOfSeveral_WakesAsMany) {
  Semaphore semaphore(0);
  WatchedThread first([&] { semaphore.acquire(); });
  WatchedThread second([&] { semaphore.acquire(); });
  ASSERT_TRUE(first.Blocks());
  ASSERT_TRUE(second.Blocks());
  semaphore.release(2);
  first.Join();
  second.Join();
}

bool AcquiresOnceReleased(const std::function<bool(Semaphore&)>& acquire) {
  Semaphore semaphore(0);
  bool acquired = false;
  WatchedThread waiter([&] { acquired = acquire(semaphore); });
  waiter.Blocks();
  semaphore.release();
  waiter.Join();
  return acquired;
}

TEST(SemaphoreNative, TimedAcquireThatIsReleasedInTime_Acquires) {
  EXPECT_TRUE(AcquiresOnceReleased(
      [](Semaphore& semaphore) { return semaphore.try_acquire_for(hours(1)); }));
}

TEST(SemaphoreNative, LongestTimeout_DoesNotExpireAtOnce) {
  EXPECT_TRUE(AcquiresOnceReleased(
      [](Semaphore& semaphore) { return semaphore.try_acquire_for(nanoseconds::max()); }));
}

TEST(SemaphoreNative, PermitsPassedToAndFro_AreNeitherLostNorMade) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10'000;
  Semaphore semaphore(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        semaphore.acquire();
        semaphore.release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(PermitsLeft(semaphore), 2);
}

TEST(SemaphoreNative, NegativePermits_ThrowInvalidArgument) {
  EXPECT_EQ(ErrorOf([] { const Semaphore semaphore(-1); }), std::errc::invalid_argument);
  Semaphore semaphore(1);
  EXPECT_EQ(ErrorOf([&] { semaphore.release(-1); }), std::errc::invalid_argument);
  EXPECT_EQ(PermitsLeft(semaphore), 1);
}

TEST(SemaphoreNative, MorePermitsThanItCounts_ThrowValueTooLarge) {
  EXPECT_EQ(ErrorOf([] { const Semaphore semaphore(Semaphore::kMaxPermits + 1); }),
            std::errc::value_too_large);
  Semaphore semaphore(Semaphore::kMaxPermits);
  EXPECT_EQ(ErrorOf([&] { semaphore.release(); }), std::errc::value_too_large);
}

// --- In schedules ---

TEST(SemaphoreInSchedule, OfTwoPermits_AtMostTwoTasksAreInside) {
  int most = 0;
  const Result result = Explore(
      [&] {
        Semaphore semaphore(2);
        int inside = 0;
        const auto enter = [&] {
          semaphore.acquire();
          most = std::max(most, ++inside);
          Yield();
          --inside;
          semaphore.release();
        };
        const Thread first(enter);
        const Thread second(enter);
        enter();
      },
      Exhaustively(/*preemptions=*/2));
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(most, 2);
}

TEST(SemaphoreInSchedule, ReleaseOfSeveral_LetsAsManyTasksGoOn) {
  const Result result = Explore(
      [] {
        Semaphore semaphore(0);
        const auto acquire = [&] { semaphore.acquire(); };
        const Thread first(acquire);
        const Thread second(acquire);
        semaphore.release(2);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(SemaphoreInSchedule, ReleaseOfOne_LetsOneOfTwoGoOnAndWhichIsExplored) {
  std::set<std::string> all;
  std::string went_on;
  Options options = Exhaustively();
  options.stop_at_first_failure = false;
  options.shrink = false;
  options.on_schedule = [&](std::uint64_t) {
    all.insert(went_on);
    return true;
  };
  const Result result = Explore(
      [&] {
        went_on.clear();
        Semaphore semaphore(0, "permit");
        const auto acquire = [&](char name) {
          semaphore.acquire();
          went_on += name;
        };
        const Thread first(acquire, 'a');
        const Thread second(acquire, 'b');
        semaphore.release();
      },
      options);
  all.insert(went_on);  // in the last schedule, or in one that was explained
  EXPECT_TRUE(result.exhausted);
  EXPECT_EQ(result.failing, result.schedules);
  EXPECT_EQ(all, (std::set<std::string>{"a", "b"}));
}

TEST(SemaphoreInSchedule, Counts_AreAsNatively) {
  const Result result = Explore(
      [] {
        Semaphore semaphore(3);
        semaphore.acquire();
        semaphore.release(4);
        semaphore.release(0);
        SELVAGE_EXPECT(PermitsLeft(semaphore) == 6);
        SELVAGE_EXPECT(!semaphore.try_acquire_for(seconds(1)));
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(SemaphoreInSchedule, PermitsTakenBeforeTheSchedule_AreTakenInIt) {
  Semaphore semaphore(2);
  semaphore.acquire();
  const Result result =
      Explore([&] { SELVAGE_EXPECT(PermitsLeft(semaphore) == 1); }, Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(PermitsLeft(semaphore), 1);
}

TEST(SemaphoreInSchedule, OnePermit_MayBeReleasedByAnotherTaskThanAcquiredIt) {
  const Result result = Explore(
      [] {
        Semaphore semaphore(1);
        semaphore.acquire();
        const Thread other([&] { semaphore.release(); });
        semaphore.acquire();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(SemaphoreInSchedule, AsALockable_WorksWithUniqueLock) {
  const Result result = Explore(
      [] {
        Semaphore semaphore(1);
        Shared<int> count(0);
        const auto work = [&] {
          const std::unique_lock<Semaphore> holder(semaphore);
          ++count;
        };
        {
          const Thread other(work);
          work();
        }
        SELVAGE_EXPECT(count == 2);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(SemaphoreInSchedule, NegativePermits_AreMisuseNamingTheSemaphore) {
  const Result made = Explore([] { const Semaphore semaphore(-1, "permits"); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(made, FindingKind::kMisuse, "Semaphore 'permits': given a negative"))
      << made.Text();
  const Result released = Explore([] { Semaphore(0, "permits").release(-1); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(released, FindingKind::kMisuse, "Semaphore 'permits': given a negative"))
      << released.Text();
}

TEST(SemaphoreInSchedule, MorePermitsThanItCounts_AreMisuse) {
  const Result result =
      Explore([] { Semaphore(Semaphore::kMaxPermits, "permits").release(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Semaphore 'permits': given more"))
      << result.Text();
}

}  // namespace
}  // namespace selvage
