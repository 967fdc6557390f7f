// What exploring leaves behind: no threads, no memory that grows with the number of schedules.

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage {
namespace {

std::ptrdiff_t ThreadsOfThisProcess() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

// A thread that has been joined is still listed for a moment.
bool ThreadsComeDownTo(std::ptrdiff_t expected) {
  for (int attempt = 0; attempt < 100'000; ++attempt) {
    if (ThreadsOfThisProcess() <= expected) return true;
    std::this_thread::yield();
  }
  return false;
}

std::int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  std::int64_t resident = 0;
  file >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

void DeadlockOfThree() {
  Semaphore never(0);
  const Thread first([&] { never.acquire(); });
  const Thread second([&] { never.acquire(); });
}

void TwoTasksAndALock() {
  Lock lock("lock");
  int count = 0;
  const auto work = [&] {
    const Guard guard(lock);
    ++count;
  };
  const Thread first("first", work);
  const Thread second("second", work);
}

TEST(Resources, AThousandDeadlockedSchedules_LeaveNoThreadBehind) {
  Options options;
  Explore(DeadlockOfThree, options);  // sanitizers start threads of their own once
  const std::ptrdiff_t before = ThreadsOfThisProcess();
  options.schedules = 1'000;
  options.stop_at_first_failure = false;
  std::ptrdiff_t most = 0;
  options.on_schedule = [&](std::uint64_t schedule) {
    if (schedule % 100 == 0) most = std::max(most, ThreadsOfThisProcess());
    return true;
  };
  const Result result = Explore(DeadlockOfThree, options);
  EXPECT_EQ(result.failing, 1'000U);
  EXPECT_TRUE(ThreadsComeDownTo(before)) << ThreadsOfThisProcess() << " after " << before;
  // The watchdog; and bodies that have just been joined.
  EXPECT_LE(most, before + 8);
}

TEST(Resources, FinishedExploration_LeavesNoThreadBehind) {
  Options options;
  options.schedules = 10;
  Explore(TwoTasksAndALock, options);
  const std::ptrdiff_t before = ThreadsOfThisProcess();
  for (int i = 0; i < 20; ++i) Explore(TwoTasksAndALock, options);
  EXPECT_TRUE(ThreadsComeDownTo(before)) << ThreadsOfThisProcess() << " after " << before;
}

#if defined(__SANITIZE_ADDRESS__)
#define SELVAGE_QUARANTINE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SELVAGE_QUARANTINE 1
#endif
#endif

TEST(Resources, Memory_IsTheSameAfterAHundredThousandSchedulesAsAfterTenThousand) {
#if defined(SELVAGE_QUARANTINE)
  GTEST_SKIP() << "AddressSanitizer keeps what has been freed";
#endif
  constexpr std::int64_t kMegabyte = 1 << 20;
  Options options;
  options.schedules = 100'001;
  std::int64_t after_ten_thousand = 0;
  std::int64_t after_all = 0;
  options.on_schedule = [&](std::uint64_t schedule) {
    if (schedule == 10'000) after_ten_thousand = ResidentBytes();
    if (schedule == 100'000) after_all = ResidentBytes();
    return true;
  };
  const Result result = Explore(TwoTasksAndALock, options);
  ASSERT_TRUE(result.ok()) << result.Text();
  ASSERT_GT(after_ten_thousand, 0);
  EXPECT_LT(after_all, after_ten_thousand + 4 * kMegabyte);
}

TEST(Resources, Daemons_CostNoThreadASchedule) {
  std::set<pid_t> threads;
  Options options;
  options.schedules = 200;
  const Result result = Explore(
      [&] {
        static Semaphore* const never = new Semaphore(0);
        const auto wait = [&] {
          // What an earlier daemon was in the middle of is not this one's.
          SELVAGE_EXPECT(std::current_exception() == nullptr);
          threads.insert(static_cast<pid_t>(syscall(SYS_gettid)));
          try {
            throw 1;
          } catch (int) {
            never->acquire();
          }
        };
        const Thread first(Daemon("first"), wait);
        const Thread second(Daemon("second"), wait);
        Yield();
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_LE(threads.size(), 2U);
}

}  // namespace
}  // namespace selvage
