// Time outside of schedules; tests/harness/runtime/virtual_time_test.cc has what is inside.

#include "selvage/primitives/time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(TimeNative, Clock_IsTheSteadyClock) {
  const auto before = std::chrono::steady_clock::now().time_since_epoch();
  const auto now = Clock::now().time_since_epoch();
  const auto after = std::chrono::steady_clock::now().time_since_epoch();
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
  static_assert(Clock::is_steady);
}

TEST(TimeNative, Sleep_LastsAtLeastAsLongAsAsked) {
  const auto before = Clock::now();
  SleepFor(std::chrono::milliseconds(1));
  EXPECT_GE(Clock::now() - before, std::chrono::milliseconds(1));
  SleepFor(seconds(-1));
  Yield();
}

TEST(Time, TimeUntilWhatIsPast_IsZero) {
  EXPECT_EQ(TimeUntil(Clock::now() - seconds(1)), nanoseconds(0));
  EXPECT_EQ(TimeUntil(std::chrono::system_clock::time_point{}), nanoseconds(0));
}

TEST(Time, TimeUntilTheEarliestAndTheLatestTime_IsNoneAndLong) {
  EXPECT_EQ(TimeUntil(Clock::time_point::min()), nanoseconds(0));
  EXPECT_GT(TimeUntil(Clock::time_point::max()), std::chrono::hours(1));
}

TEST(TimeInSchedule, Yield_IsASchedulingPoint) {
  std::set<std::string> orders;
  const Result result = Explore(
      [&] {
        std::string order;
        {
          const Thread other([&] { order += 'b'; });
          order += 'a';
          Yield();
          order += 'c';
        }
        orders.insert(order);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_TRUE(orders.contains("abc"));
  EXPECT_TRUE(orders.contains("acb"));
}

}  // namespace
}  // namespace selvage
