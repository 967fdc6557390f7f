// Each task is a thread of its own in every respect that C++ code can see.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/thread_pointer.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

using runtime::ThreadPointerMechanism;
using runtime::UseThreadPointerMechanism;

thread_local int own_number = 0;
thread_local int schedules_here = 0;

enum class Bodies { kPooled, kFresh };

using Way = std::tuple<ThreadPointerMechanism, Bodies>;

class Identity : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    before_ = UseThreadPointerMechanism(mechanism());
    if (UseThreadPointerMechanism(mechanism()) != mechanism()) {
      GTEST_SKIP() << "this machine has no other way to write the thread pointer";
    }
    options_ = Exhaustively();
    options_.fresh_bodies = std::get<Bodies>(GetParam()) == Bodies::kFresh;
  }
  void TearDown() override { UseThreadPointerMechanism(before_); }

  static ThreadPointerMechanism mechanism() { return std::get<0>(GetParam()); }

  // Runs `part(1)` and `part(2)` as two tasks in every order of their scheduling points.
  void ExploreTwo(const std::function<void(int)>& part) {
    const Result result = Explore(
        [&] {
          const Thread first(part, 1);
          const Thread second(part, 2);
        },
        options_);
    EXPECT_TRUE(Proven(result)) << result.Text();
    // Without a switch in the middle nothing would have been tried.
    EXPECT_GT(result.schedules, 5U);
  }

  Options options_;

 private:
  ThreadPointerMechanism before_ = ThreadPointerMechanism::kInstruction;
};

INSTANTIATE_TEST_SUITE_P(, Identity,
                         testing::Combine(testing::Values(ThreadPointerMechanism::kInstruction,
                                                          ThreadPointerMechanism::kSystemCall),
                                          testing::Values(Bodies::kPooled, Bodies::kFresh)),
                         [](const testing::TestParamInfo<Way>& way) {
                           return std::string(std::get<0>(way.param) ==
                                                      ThreadPointerMechanism::kInstruction
                                                  ? "Instruction"
                                                  : "SystemCall") +
                                  (std::get<1>(way.param) == Bodies::kFresh ? "Fresh" : "Pooled");
                         });

TEST_P(Identity, ThreadLocal_IsEachTasksOwn) {
  ExploreTwo([](int number) {
    own_number = number;
    Yield();
    SELVAGE_EXPECT(own_number == number);
  });
}

TEST_P(Identity, Errno_IsEachTasksOwn) {
  ExploreTwo([](int number) {
    errno = number;
    Yield();
    SELVAGE_EXPECT(errno == number);
  });
}

TEST_P(Identity, PthreadSelf_IsEachTasksOwnAndStays) {
  pthread_t selves[3] = {};
  ExploreTwo([&](int number) {
    const pthread_t self = pthread_self();
    selves[number] = self;
    Yield();
    SELVAGE_EXPECT(pthread_equal(self, pthread_self()));
    SELVAGE_EXPECT(!pthread_equal(self, selves[3 - number]));
    selves[number] = 0;  // a thread of a later schedule may be given the same name
  });
}

TEST_P(Identity, CurrentExceptionInACatchBlock_IsEachTasksOwn) {
  ExploreTwo([](int number) {
    try {
      throw number;
    } catch (int) {
      Yield();
      const std::exception_ptr current = std::current_exception();
      SELVAGE_EXPECT(current != nullptr);
      try {
        throw;
      } catch (int caught) {
        SELVAGE_EXPECT(caught == number);
      }
    }
    SELVAGE_EXPECT(std::current_exception() == nullptr);
  });
}

struct YieldsWhenDestroyed {
  ~YieldsWhenDestroyed() {
    Yield();
    SELVAGE_EXPECT(std::uncaught_exceptions() == expected_uncaught);
  }
  int expected_uncaught;
};

TEST_P(Identity, UncaughtExceptionsDuringUnwinding_AreEachTasksOwn) {
  ExploreTwo([](int number) {
    if (number == 2) {
      const YieldsWhenDestroyed calm{0};
      return;
    }
    try {
      const YieldsWhenDestroyed unwound{1};
      throw number;
    } catch (int caught) {
      SELVAGE_EXPECT(caught == number);
    }
    SELVAGE_EXPECT(std::uncaught_exceptions() == 0);
  });
}

TEST_P(Identity, ExceptionThrownWhileAnotherTaskUnwinds_IsCaughtByItsOwnTask) {
  ExploreTwo([](int number) {
    try {
      const YieldsWhenDestroyed unwound{1};
      throw number;
    } catch (int caught) {
      SELVAGE_EXPECT(caught == number);
    }
  });
}

TEST_P(Identity, TasksOfOneSchedule_RunOnDifferentThreads) {
  const Result result = Explore(
      [] {
        std::set<pthread_t> threads{pthread_self()};
        for (int i = 0; i < 3; ++i) {
          // Joined before the next starts: even then it must not get the same thread.
          Thread([&] { threads.insert(pthread_self()); }).join();
        }
        SELVAGE_EXPECT(threads.size() == 4);
      },
      options_);
  EXPECT_TRUE(Proven(result)) << result.Text();
}

// Five schedules that differ in nothing.
Options FiveSchedules(bool fresh) {
  Options options;
  options.strategy = "random";
  options.schedules = 5;
  options.fresh_bodies = fresh;
  return options;
}

TEST(Bodies, ThreadLocalWithFreshBodies_StartsAnewInEverySchedule) {
  std::set<int> seen;
  const Result result = Explore(
      [&] {
        Thread([&] { seen.insert(++schedules_here); }).join();
        seen.insert(++schedules_here);
      },
      FiveSchedules(/*fresh=*/true));
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(seen, (std::set<int>{1}));
}

TEST(Bodies, ThreadLocalWithPooledBodies_StartsAnewInEverySchedule) {
  std::vector<int> seen;
  const Result result = Explore([&] { Thread([&] { seen.push_back(++schedules_here); }).join(); },
                                FiveSchedules(/*fresh=*/false));
  EXPECT_TRUE(result.ok()) << result.Text();
  ASSERT_GE(seen.size(), 5U);
  for (const int calls : seen) EXPECT_EQ(calls, 1);
}

TEST(Bodies, ThreadLocalAfterAnAbandonedTask_StartsAnewAlthoughBodiesArePooled) {
  std::set<int> seen;
  Options options = FiveSchedules(/*fresh=*/false);
  options.stop_at_first_failure = false;
  const Result result = Explore(
      [&] {
        seen.insert(++schedules_here);
        const Thread stuck([] { Thread().join(); });
      },
      options);
  EXPECT_EQ(result.failing, 5U);
  EXPECT_EQ(seen, (std::set<int>{1}));
}

thread_local struct CountsItsEnd {
  ~CountsItsEnd() {
    if (ends != nullptr) ++*ends;
  }
  int* ends = nullptr;
} counts_its_end;

TEST(Bodies, DestructorsOfThreadLocals_RunOnceForEachFreshBody) {
  int starts = 0;
  int ends = 0;
  const Result result = Explore(
      [&] {
        counts_its_end.ends = &ends;
        ++starts;
      },
      FiveSchedules(/*fresh=*/true));
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_GE(starts, 5);
  EXPECT_EQ(ends, starts);
}

TEST(Bodies, TheDriversOwnThread_IsUntouchedByExploring) {
  own_number = 77;
  errno = 0;
  const pthread_t self = pthread_self();
  const pid_t kernel_thread = static_cast<pid_t>(syscall(SYS_gettid));
  const Result result = Explore([] {
    own_number = 1;
    errno = EINVAL;
  });
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(own_number, 77);
  EXPECT_TRUE(pthread_equal(self, pthread_self()));
  EXPECT_EQ(kernel_thread, static_cast<pid_t>(syscall(SYS_gettid)));
}

}  // namespace
}  // namespace selvage
