// A task that keeps the driver for itself ends the process with a message that says who it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

#include "selvage/harness/explore.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::ExitedWithCode;
using testing::HasSubstr;

class WatchdogDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  static Options Impatient() {
    Options options;
    options.name = "the stuck test";
    options.watchdog = std::chrono::milliseconds(50);
    return options;
  }
};

__attribute__((noinline)) void SpinForEver() {
  volatile bool go_on = true;
  while (go_on) {
  }
}

TEST_F(WatchdogDeathTest, TaskInALoopWithoutOperations_EndsTheProcessNamingTaskAndOperation) {
  const auto explore = [] {
    Explore(
        [] {
          Lock lock("config");
          Thread([] {}).join();
          const Thread spinner("spinner", [&] {
            lock.lock();
            SpinForEver();
          });
        },
        Impatient());
  };
  EXPECT_EXIT(explore(), ExitedWithCode(3),
              AllOf(HasSubstr("the stuck test"), HasSubstr("task 'spinner'"),
                    HasSubstr("last operation: lock at watchdog_test.cc:"),
                    HasSubstr("SpinForEver"), HasSubstr("SELVAGE_REPLAY=sv1-")));
}

TEST_F(WatchdogDeathTest, TaskInASystemCall_EndsTheProcessNamingTheCall) {
  const auto explore = [] {
    Explore(
        [] {
          const Thread sleeper("sleeper", [] {
            Yield();
            pause();
          });
        },
        Impatient());
  };
  EXPECT_EXIT(explore(), ExitedWithCode(3),
              AllOf(HasSubstr("task 'sleeper'"), HasSubstr("last operation: yield"),
                    HasSubstr("blocked in the system call pause"), HasSubstr("watchdog_test.cc:"),
                    HasSubstr("SELVAGE_REPLAY=sv1-")));
}

TEST_F(WatchdogDeathTest, BodyItself_IsNamedAsTheMainTask) {
  EXPECT_EXIT(Explore(SpinForEver, Impatient()), ExitedWithCode(3), HasSubstr("main"));
}

TEST_F(WatchdogDeathTest, TaskThatIsStuckInALaterSchedule_IsNoticedToo) {
  const auto explore = [] {
    int schedules = 0;
    Explore(
        [&] {
          if (++schedules > 20) SpinForEver();
        },
        Impatient());
  };
  EXPECT_EXIT(explore(), ExitedWithCode(3), HasSubstr("the stuck test"));
}

}  // namespace
}  // namespace selvage
