// Options::isolate: what ends the process is a finding, and the exploration goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "selvage/harness/explore.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/isolation_bodies.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Options Isolated() {
  Options options;
  options.isolate = true;
  options.schedules = 60;
  options.stop_at_first_failure = false;
  options.replay_command = "again {token}";
  return options;
}

// Calls `die` if the other task comes first, and loses an update if it comes in between.
template <typename Die>
auto DieIfOvertaken(Die die) {
  return [die] {
    Shared<int> counter(0, "counter");
    Thread other("other", [&] { ++counter; });
    if (counter == 1) die();
    ++counter;
    other.join();
    SELVAGE_EXPECT(counter == 2);
  };
}

int* volatile null_pointer = nullptr;

__attribute__((noinline)) void WriteToNull() { *static_cast<volatile int*>(null_pointer) = 1; }

[[noreturn]] void Fail() { throw std::runtime_error("no network"); }

int Recurse(int depth) {
  volatile char frame[1024];
  frame[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : Recurse(depth + 1) + frame[0];
}

Finding CrashOf(const Result& result) { return FindingOf(result, FindingKind::kCrash); }

TEST(Isolation, ACrashIsAFindingWithItsPlaceItsTaskAndItsTrace) {
  const Result result = Explore(DieIfOvertaken(WriteToNull), Isolated());
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.nondeterminism, "");
  const Finding crash = CrashOf(result);
  EXPECT_THAT(crash.summary, AllOf(StartsWith("SIGSEGV in "), HasSubstr("WriteToNull"),
                                   HasSubstr("isolation_test.cc:")));
  EXPECT_THAT(crash.details, AllOf(HasSubstr("in main\n"), HasSubstr("#0 ")));
  EXPECT_THAT(crash.trace, AllOf(HasSubstr("step  main"), HasSubstr("store counter"),
                                 HasSubstr("[the process ends]"), Not(HasSubstr("[never]"))));
}

TEST(Isolation, TheExplorationGoesOnAfterACrash) {
  const Result result = Explore(DieIfOvertaken(WriteToNull), Isolated());
  EXPECT_EQ(result.schedules, 60U);
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
  const Finding crash = CrashOf(result);
  EXPECT_GT(crash.schedules, 1U);
  EXPECT_GT(result.failing, crash.schedules);
  EXPECT_LT(result.failing, result.schedules);
}

TEST(Isolation, OrEndsWithTheFirstIfThatIsAskedFor) {
  Options options = Isolated();
  options.stop_at_first_failure = true;
  const Result result = Explore(DieIfOvertaken(WriteToNull), options);
  EXPECT_EQ(result.failing, 1U);
  EXPECT_EQ(result.schedules, result.first_failure);
}

TEST(Isolation, ACrashIsReplayedByItsToken) {
  const Finding crash = CrashOf(Explore(DieIfOvertaken(WriteToNull), Isolated()));
  ASSERT_NE(crash.token, "");
  EXPECT_EQ(crash.replay, "again " + crash.token);
  Options options = Isolated();
  options.replay = crash.token;
  const Result again = Explore(DieIfOvertaken(WriteToNull), options);
  EXPECT_EQ(again.error, "");
  EXPECT_EQ(again.schedules, 1U);
  EXPECT_EQ(CrashOf(again).summary, crash.summary);
  EXPECT_EQ(CrashOf(again).trace, crash.trace);
}

TEST(Isolation, TheTraceOfACrashIsShrunk) {
  const auto body = [] {
    Shared<int> noise(0, "noise");
    Shared<int> counter(0, "counter");
    Thread first("first", [&] {
      for (int i = 0; i < 5; ++i) ++noise;
    });
    Thread second("second", [&] { ++counter; });
    for (int i = 0; i < 5; ++i) ++noise;
    if (counter == 1) WriteToNull();
    first.join();
    second.join();
  };
  Options options = Isolated();
  options.schedules = 20;
  const Finding shrunk = CrashOf(Explore(body, options));
  options.shrink = false;
  const Finding found = CrashOf(Explore(body, options));
  EXPECT_LT(shrunk.token.size(), found.token.size());
}

TEST(Isolation, SaysHowTheProcessEnded) {
  const struct {
    void (*die)();
    const char* says;
  } kDeaths[] = {
      {[] { std::abort(); }, "SIGABRT"},
      {[] { std::exit(3); }, "exit(3)"},
      {[] { _exit(4); }, "_exit(4)"},
      {[]() noexcept { Fail(); }, "std::terminate: std::runtime_error: no network"},
      {[] { raise(SIGFPE); }, "SIGFPE"},
      {[] { kill(getpid(), SIGKILL); }, "killed by signal 9"},
  };
  for (const auto& death : kDeaths) {
    Options options = Isolated();
    options.schedules = 20;
    const Result result = Explore(DieIfOvertaken(death.die), options);
    EXPECT_THAT(CrashOf(result).summary, StartsWith(death.says)) << result.Text();
    EXPECT_NE(CrashOf(result).token, "");
  }
}

TEST(Isolation, AStackThatRunsOutIsACrash) {
  if (&__asan_init != nullptr) GTEST_SKIP() << "AddressSanitizer's frames are its own matter";
  Options options = Isolated();
  options.schedules = 20;
  const Result result = Explore(DieIfOvertaken([] { Recurse(0); }), options);
  EXPECT_THAT(CrashOf(result).summary, HasSubstr("SIGSEGV")) << result.Text();
}

TEST(Isolation, UseAfterFreeIsNamedByTheSanitizers) {
  if (!tsan::Present() && &__asan_init == nullptr) {
    GTEST_SKIP() << "without a sanitizer it may do anything";
  }
  const Result result = Explore(WriteAfterRelease, Isolated());
  EXPECT_EQ(result.error, "");
  if (tsan::Present()) {
    bool named = false;
    for (const Finding& finding : result.findings) {
      named |= finding.summary.find("heap-use-after-free: write") != std::string::npos;
    }
    EXPECT_TRUE(named) << result.Text();
  } else {
    EXPECT_THAT(CrashOf(result).summary, StartsWith("heap-use-after-free: write of 4 bytes in "))
        << result.Text();
    EXPECT_THAT(CrashOf(result).details,
                AllOf(HasSubstr("in writer\n"), HasSubstr("released at\n    #0 "),
                      HasSubstr("allocated at\n    #0 ")));
  }
}

#if defined(__clang__)
// That a local is shared is learnt by one child; the schedules of the next ones profit from it.
TEST(Isolation, WhatAChildLearntOfSharedLocalsIsKept) {
  const Result result = Explore(AbortIfOwnLocalIsOverwritten, Isolated());
  EXPECT_THAT(CrashOf(result).summary, StartsWith("SIGABRT")) << result.Text();
  EXPECT_GT(CrashOf(result).schedules, 1U);
  Options options = Isolated();
  options.replay = CrashOf(result).token;
  EXPECT_TRUE(Explore(AbortIfOwnLocalIsOverwritten, options).Has(FindingKind::kCrash));
}
#endif

// What a body without crashes shows does not depend on where it runs.
TEST(Isolation, ShowsTheSameAsWithout) {
  const auto body = DieIfOvertaken([] {});
  Options options = Isolated();
  const Result isolated = Explore(body, options);
  options.isolate = false;
  const Result here = Explore(body, options);
  EXPECT_EQ(isolated.Text(), here.Text());
  EXPECT_EQ(isolated.steps, here.steps);
  EXPECT_EQ(isolated.first_failure, here.first_failure);
}

TEST(Isolation, AWalkIsExhaustiveAsWithout) {
  const auto body = [] {
    int local = 0;
    Lock lock("lock");
    Thread other("other", [&] {
      const Guard guard(lock);
      ++local;
    });
    {
      const Guard guard(lock);
      ++local;
    }
    other.join();
    SELVAGE_EXPECT(local == 2);
  };
  Options options = Exhaustively();
  const Result here = Explore(body, options);
  options.isolate = true;
  const Result isolated = Explore(body, options);
  EXPECT_TRUE(Proven(isolated)) << isolated.Text();
  EXPECT_EQ(isolated.schedules, here.schedules);
}

TEST(Isolation, LockOrdersOfChildrenThatEndAreReported) {
  Options options = Isolated();
  options.lock_order_report = true;
  const auto body = [] {
    Lock a("a");
    Lock b("b");
    Thread other("other", [&] {
      const Guard first(b);
      const Guard second(a);
    });
    other.join();
    const Guard first(a);
    const Guard second(b);
  };
  const Result result = Explore(body, options);
  EXPECT_THAT(result.lock_order, HasSubstr("\"a\""));
}

TEST(Isolation, LeavesTheMemoryOfTheCallerAlone) {
  int touched = 0;
  const Result result = Explore([&] { ++touched; }, Isolated());
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(touched, 0);
}

TEST(Isolation, IsRefusedInAProcessWithOtherThreads) {
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) std::this_thread::yield();
  });
  const Result result = Explore([] {}, Isolated());
  stop = true;
  other.join();
  EXPECT_THAT(result.error, HasSubstr("other threads"));
}

// A token names the schedule; what it had shown before it crashed is not lost with it.
TEST(Isolation, WhatAScheduleShowedBeforeItsCrashIsCountedAndHasItsTrace) {
  const auto body = DieIfOvertaken([] {
    SELVAGE_EXPECT(std::string("seen") == "before the crash");
    WriteToNull();
  });
  const Result result = Explore(body, Isolated());
  const Finding before = FindingOf(result, FindingKind::kFailedExpectation);
  const Finding crash = CrashOf(result);
  EXPECT_THAT(before.summary, HasSubstr("before the crash")) << result.Text();
  EXPECT_EQ(before.schedules, crash.schedules);
  EXPECT_THAT(before.trace, AllOf(HasSubstr("step  main"), HasSubstr("[the process ends]")));
  EXPECT_EQ(result.nondeterminism, "");
  Options options = Isolated();
  options.replay = before.token;
  const Result again = Explore(body, options);
  EXPECT_EQ(again.error, "");
  EXPECT_TRUE(again.Has(FindingKind::kFailedExpectation)) << again.Text();
}

TEST(Isolation, ARaceBeforeACrashIsCounted) {
  if (!tsan::Present()) GTEST_SKIP() << "TSan finds races";
  const Result result = Explore(AbortAfterARace, Isolated());
  EXPECT_TRUE(result.Has(FindingKind::kDataRace)) << result.Text();
  EXPECT_TRUE(result.Has(FindingKind::kCrash)) << result.Text();
}

// A lost update needs a switch at one operation: the first schedule of a learning strategy, which
// only measures, never shows it. Every schedule crashes.
TEST(Isolation, StrategiesLearnAcrossCrashes) {
  const auto body = [] {
    Shared<int> counter(0, "counter");
    const auto increment = [&counter] {
      for (int i = 0; i < 3; ++i) counter = counter + 1;
    };
    Thread first("first", increment);
    Thread second("second", increment);
    first.join();
    second.join();
    SELVAGE_EXPECT(counter == 6);
    std::abort();
  };
  for (const std::string strategy : {"pct:2", "pct", "default"}) {
    Options options = Isolated();
    options.strategy = strategy;
    options.schedules = 100;
    options.shrink = false;
    options.lock_order = false;
    const Result result = Explore(body, options);
    EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << strategy << "\n" << result.Text();
  }
}

TEST(Isolation, AnExceptionOutOfOnScheduleIsAnErrorOfTheParent) {
  const pid_t parent = getpid();
  Options options = Isolated();
  options.on_schedule = [](std::uint64_t schedules) -> bool {
    if (schedules == 3) throw std::runtime_error("no display");
    return true;
  };
  const Result result = Explore([] {}, options);
  ASSERT_EQ(getpid(), parent);
  EXPECT_EQ(result.error, "on_schedule threw std::runtime_error: no display");
  EXPECT_EQ(result.schedules, 3U);
}

TEST(Isolation, AStackOverflowIsNamedWithTheOptionThatHelps) {
  if (&__asan_init != nullptr) GTEST_SKIP() << "AddressSanitizer's frames are its own matter";
  Options options = Isolated();
  options.schedules = 20;
  options.stack_size = 128 * 1024;
  const Finding crash = CrashOf(Explore(DieIfOvertaken([] { Recurse(0); }), options));
  EXPECT_THAT(crash.summary, StartsWith("SIGSEGV, a stack overflow, in "));
  EXPECT_THAT(crash.details, HasSubstr("has 131072 bytes; Options::stack_size"));
}

TEST(Isolation, AStuckTaskIsAFindingOfItsScheduleAndTheExplorationGoesOn) {
  Options options = Isolated();
  options.schedules = 10;
  options.watchdog = std::chrono::milliseconds(100);
  const Result result = Explore(DieIfOvertaken([] {
                                  for (;;) pause();
                                }),
                                options);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.schedules, 10U);
  const Finding stuck = FindingOf(result, FindingKind::kStuck);
  EXPECT_THAT(stuck.summary, AllOf(StartsWith("blocked in the system call pause, in "),
                                   HasSubstr("isolation_test.cc:")))
      << result.Text();
  EXPECT_THAT(stuck.trace, AllOf(HasSubstr("store counter"), HasSubstr("[the process ends]")));
  EXPECT_NE(stuck.token, "");
  EXPECT_LT(stuck.schedules, 10U);
  EXPECT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
}

}  // namespace
}  // namespace selvage
