// Thread, natively and in schedules.

#include "selvage/primitives/thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "selvage/harness/explore.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/error_of.h"

namespace selvage {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

static_assert(!std::is_copy_constructible_v<Thread>);
static_assert(std::is_nothrow_move_constructible_v<Thread>);

// Both worlds have the same claims to meet.
enum class World { kNative, kSchedule };

class ThreadIn : public testing::TestWithParam<World> {
 protected:
  // Runs `body` once natively, or in every schedule.
  static void Run(const std::function<void()>& body) {
    if (GetParam() == World::kNative) {
      body();
      return;
    }
    const Result result = Explore(body, Exhaustively());
    EXPECT_TRUE(Proven(result)) << result.Text();
  }
};

INSTANTIATE_TEST_SUITE_P(, ThreadIn, testing::Values(World::kNative, World::kSchedule),
                         [](const testing::TestParamInfo<World>& world) {
                           return world.param == World::kNative ? "Native" : "Schedule";
                         });

TEST_P(ThreadIn, Join_ReturnsOnceTheFunctionHas) {
  Run([] {
    bool done = false;
    Thread thread([&] {
      Yield();
      done = true;
    });
    EXPECT_TRUE(thread.joinable());
    thread.join();
    SELVAGE_EXPECT(done);
    SELVAGE_EXPECT(!thread.joinable());
    SELVAGE_EXPECT(!thread.is_alive());
  });
}

TEST_P(ThreadIn, Destructor_Joins) {
  Run([] {
    bool done = false;
    {
      const Thread thread([&] {
        Yield();
        done = true;
      });
    }
    SELVAGE_EXPECT(done);
  });
}

TEST_P(ThreadIn, MovedFrom_StandsForNothingAndTheTargetForTheThread) {
  Run([] {
    Semaphore go(0);
    Thread source([&] { go.acquire(); });
    Thread target(std::move(source));
    SELVAGE_EXPECT(!source.joinable());  // NOLINT: what is tested
    SELVAGE_EXPECT(target.is_alive());
    Thread last;
    last = std::move(target);
    go.release();
    last.join();
  });
}

TEST_P(ThreadIn, AssignmentOverAThread_JoinsItFirst) {
  Run([] {
    bool done = false;
    Thread thread([&] { done = true; });
    thread = Thread();
    SELVAGE_EXPECT(done);
    SELVAGE_EXPECT(!thread.joinable());
  });
}

TEST_P(ThreadIn, SelfAssignment_ChangesNothing) {
  Run([] {
    Thread thread([] {});
    Thread& same = thread;
    thread = std::move(same);
    SELVAGE_EXPECT(thread.joinable());
  });
}

TEST_P(ThreadIn, IsAlive_UntilTheFunctionReturns) {
  Run([] {
    Semaphore go(0);
    Thread thread([&] { go.acquire(); });
    SELVAGE_EXPECT(thread.is_alive());
    go.release();
    thread.join();
    SELVAGE_EXPECT(!Thread().is_alive());
  });
}

TEST_P(ThreadIn, JoinFor_IsFalseWhileItRunsAndTrueOnceItHasEnded) {
  Run([] {
    Semaphore go(0);
    Thread thread([&] { go.acquire(); });
    SELVAGE_EXPECT(!thread.join_for(milliseconds(1)));
    SELVAGE_EXPECT(!thread.join_for(seconds(-1)));
    SELVAGE_EXPECT(thread.joinable());
    go.release();
    SELVAGE_EXPECT(thread.join_for(hours(1)));
    SELVAGE_EXPECT(!thread.joinable());
  });
}

TEST_P(ThreadIn, JoinForTheLongestTime_WaitsForTheEnd) {
  Run([] {
    SleepFor(std::chrono::nanoseconds(1));
    Thread thread([] { Yield(); });
    EXPECT_TRUE(thread.join_for(std::chrono::nanoseconds::max()));
  });
}

TEST_P(ThreadIn, Arguments_AreCopiedBeforeTheThreadStarts) {
  Run([] {
    std::string text = "before";
    std::string seen;
    Thread thread([&seen](const std::string& argument) { seen = argument; }, text);
    text = "after";
    thread.join();
    SELVAGE_EXPECT(seen == "before");
  });
}

TEST_P(ThreadIn, ReferenceWrapper_PassesTheThingItself) {
  Run([] {
    int number = 0;
    Thread([](int& argument) { argument = 7; }, std::ref(number)).join();
    SELVAGE_EXPECT(number == 7);
  });
}

TEST_P(ThreadIn, MoveOnlyCallablesAndArguments_AreMovedIn) {
  Run([] {
    int sum = 0;
    Thread([&sum, owned = std::make_unique<int>(3)](
               std::unique_ptr<int> argument) { sum = *owned + *argument; },
           std::make_unique<int>(4))
        .join();
    SELVAGE_EXPECT(sum == 7);
  });
}

struct Counter {
  void Add(int amount) { count += amount; }
  int count = 0;
};

TEST_P(ThreadIn, MemberFunction_IsCalledOnItsObject) {
  Run([] {
    Counter counter;
    Thread(&Counter::Add, &counter, 5).join();
    SELVAGE_EXPECT(counter.count == 5);
  });
}

struct CountsCopies {
  CountsCopies() = default;
  CountsCopies(const CountsCopies& other) : copies(other.copies) { ++*copies; }
  CountsCopies(CountsCopies&& other) noexcept = default;
  void operator()() const {}
  std::shared_ptr<int> copies = std::make_shared<int>(0);
};

TEST_P(ThreadIn, TemporaryCallable_IsNotCopied) {
  Run([] {
    CountsCopies callable;
    const std::shared_ptr<int> copies = callable.copies;
    Thread(std::move(callable)).join();
    SELVAGE_EXPECT(*copies == 0);
  });
}

TEST_P(ThreadIn, CallableAndArguments_AreDestroyedBeforeTheJoinReturns) {
  Run([] {
    const auto token = std::make_shared<int>(0);
    Thread([held = token](const std::shared_ptr<int>&) {}, token).join();
    SELVAGE_EXPECT(token.use_count() == 1);
  });
}

template <typename Name>
concept NamesAThread = requires(Name name) {
  Thread(name, [] {});
};
static_assert(NamesAThread<const char*>);
static_assert(NamesAThread<std::string_view>);

TEST(Thread, NameThatIsAStdString_IsTaken) {
  EXPECT_TRUE(NamesAThread<std::string>) << "\"worker \" + std::to_string(i) is no name";
}

TEST(ThreadNative, JoinOfNothing_ThrowsInvalidArgument) {
  EXPECT_EQ(ErrorOf([] { Thread().join(); }), std::errc::invalid_argument);
  Thread thread([] {});
  thread.join();
  EXPECT_EQ(ErrorOf([&] { thread.join(); }), std::errc::invalid_argument);
}

TEST(ThreadNative, JoinOfItself_ThrowsResourceDeadlockWouldOccur) {
  Semaphore made(0);
  std::error_code error;
  Thread thread;
  thread = Thread([&] {
    made.acquire();
    error = ErrorOf([&] { thread.join(); });
  });
  made.release();
  thread.join();
  EXPECT_EQ(error, std::errc::resource_deadlock_would_occur);
}

TEST(ThreadNativeDeathTest, ExceptionThatLeavesTheFunction_Terminates) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(Thread([] { throw std::runtime_error("no such row"); }).join(),
              testing::KilledBySignal(SIGABRT), "no such row");
}

TEST(ThreadInSchedule, StartsBeforeOrAfterItsParentGoesOn) {
  std::string orders;
  const Result result = Explore(
      [&] {
        const Thread child([&] { orders += 'c'; });
        Yield();
        orders += 'p';
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_NE(orders.find("cp"), std::string::npos);
  EXPECT_NE(orders.find("pc"), std::string::npos);
}

TEST(ThreadInSchedule, IsAlive_IsFalseInSomeSchedulesBeforeTheJoin) {
  int alive = 0;
  int ended = 0;
  const Result result = Explore(
      [&] {
        Thread child([] {});
        ++(child.is_alive() ? alive : ended);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_GT(alive, 0);
  EXPECT_GT(ended, 0);
}

TEST(ThreadInSchedule, JoinOfNothing_IsMisuse) {
  const Result result = Explore([] { Thread().join(); }, Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "joined, but not joinable"))
      << result.Text();
}

TEST(ThreadInSchedule, JoinOfItself_IsMisuseNamingTheThread) {
  const Result result = Explore(
      [] {
        Semaphore made(0);
        Thread thread;
        thread = Thread("narcissus", [&] {
          made.acquire();
          thread.join();
        });
        made.release();
        Semaphore(0, "never").acquire();  // so that `thread` outlives the other's join
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "Thread 'narcissus': joined by itself"))
      << result.Text();
}

TEST(ThreadInSchedule, TwoTasksThatJoinEachOther_Deadlock) {
  const Result result = Explore(
      [] {
        Thread first;
        Thread second;
        Semaphore made(0);
        first = Thread("first", [&] {
          made.acquire();
          second.join();
        });
        second = Thread("second", [&] {
          made.acquire();
          first.join();
        });
        made.release(2);
        Semaphore(0, "never").acquire();
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kDeadlock, "first waits for the end of second"))
      << result.Text();
}

TEST(ThreadInSchedule, ExceptionThatLeavesTheFunction_IsAFindingAndJoinReturns) {
  bool joined = false;
  const Result result = Explore(
      [&] {
        Thread("thrower", [] { throw std::runtime_error("no such row"); }).join();
        joined = true;
      },
      Exhaustively());
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnhandledException, "no such row"))
      << result.Text();
  EXPECT_TRUE(joined);
}

TEST(ThreadInSchedule, NamedThread_IsCalledSoInTheTrace) {
  const Result result =
      Explore([] { Thread("worker", [] { ReportFailure("seen"); }).join(); }, Exhaustively());
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_NE(result.findings[0].trace.find("worker"), std::string::npos) << result.Text();
}

// In a child process, because what goes wrong here is a crash.
TEST(ThreadInScheduleDeathTest, JoinOfAThreadThatIsNoTask_IsMisuse) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto explore = [] {
    Semaphore go(0);
    Thread ordinary("ordinary", [&] { go.acquire(); });
    const Result result = Explore([&] { ordinary.join(); }, Exhaustively());
    std::_Exit(OnlyFinding(result, FindingKind::kMisuse, "Thread 'ordinary'") ? 0 : 1);
  };
  EXPECT_EXIT(explore(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace selvage
