// The tests that gtest_test.cc runs in a process of their own and looks at from outside. Compiled
// as users compile theirs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "selvage/harness/gtest/test.h"
#include "selvage/primitives/atomic.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/harness/gtest/uninstrumented_bank.h"

namespace selvage {
namespace {

SELVAGE_TEST(Passing, TwoTasks) {
  Lock lock;
  Shared<int> counter(0, "counter");
  {
    const auto work = [&] {
      const Guard guard(lock);
      ++counter;
      EXPECT_GE(counter, 1);
      SUCCEED() << "no failure";
    };
    const Thread first(work);
    const Thread second(work);
  }
  EXPECT_EQ(counter, 2);
}

Lock no_members_lock;

// Touches no memory but what the library has.
SELVAGE_TEST(Passing, LocksOnly, {.schedules = 3}) {
  const Thread other([] {
    no_members_lock.lock();
    no_members_lock.unlock();
  });
}

SELVAGE_TEST(Passing, FewSchedules, {.schedules = 3}) {
  EXPECT_TRUE(true);
  EXPECT_EQ(1, 1) << "never built";
}

// Loses updates although each access is under the lock: no data race, so that under TSan too the
// assertion is what is found.
void IncrementInTwoSteps(Lock& lock, int& counter) {
  int before = 0;
  {
    const Guard guard(lock);
    before = counter;
  }
  const Guard guard(lock);
  counter = before + 1;
}

SELVAGE_TEST(Failing, AssertionInATask, {.schedules = 500, .strategy = "random"}) {
  Lock lock;
  int counter = 0;
  const Thread first("first", [&] { IncrementInTwoSteps(lock, counter); });
  const Thread second("second", [&] {
    IncrementInTwoSteps(lock, counter);
    const Guard guard(lock);
    EXPECT_NE(counter, 1) << "seen by a task";
  });
}

SELVAGE_TEST(Failing, FatalAssertionInTheBody) {
  Lock lock;
  int counter = 0;
  {
    const Thread other("other", [&] { IncrementInTwoSteps(lock, counter); });
    IncrementInTwoSteps(lock, counter);
  }
  ASSERT_EQ(counter, 2);
  std::puts("after the assertion");
}

SELVAGE_TEST(Failing, Deadlock) {
  Lock a("a");
  Lock b("b");
  const Thread other("other", [&] {
    const Guard first(b);
    const Guard second(a);
  });
  const Guard first(a);
  const Guard second(b);
}

SELVAGE_TEST(Failing, DISABLED_Always) { EXPECT_TRUE(false) << "as ever"; }

// Two failures of each schedule, one fault of the body: each assertion is reported once.
SELVAGE_TEST(Failing, TwoAssertions, {.schedules = 20, .stop_at_first_failure = false}) {
  const Thread other([] { EXPECT_TRUE(false) << "in the task"; });
  EXPECT_TRUE(false) << "in the body";
}

TEST(Ordinary, AssertionOutsideOfSchedules_FailsAsEver) {
  Options options;
  options.schedules = 2;
  options.on_schedule = [](std::uint64_t) {
    ADD_FAILURE() << "between schedules";
    return true;
  };
  RunTest([] {}, TestOptions(options), __FILE__, __LINE__);
}

TEST(Ordinary, Nothing) {}

TEST(Ordinary, PrintOptions) {
  const Options options = TestOptions({.schedules = 11, .strategy = "pct"});
  std::printf("schedules=%llu seed=%llu strategy=%s budget=%lld name=%s\n",
              static_cast<unsigned long long>(options.schedules),
              static_cast<unsigned long long>(options.seed), options.strategy.c_str(),
              static_cast<long long>(options.time_budget.count()), options.name.c_str());
  std::printf("flags=%d%d%d%d%d%d%d%d%d%d steps=%llu wakeups=%u stack=%zu watchdog=%lld\n",
              options.stop_at_first_failure, options.shrink, options.lock_order,
              options.confirm_cycles, options.isolate, options.early_timeouts,
              options.memory_points, options.unwind, options.blocked_daemons, options.fresh_bodies,
              static_cast<unsigned long long>(options.max_steps), options.spurious_wakeups,
              options.stack_size, static_cast<long long>(options.watchdog.count()));
}

SELVAGE_TEST(Skipping, InTheBody, {.schedules = 50}) {
  GTEST_SKIP() << "no such device";
  FAIL() << "went on";
}

// The second task skips in some schedules only.
SELVAGE_TEST(Skipping, InATask, {.schedules = 200}) {
  Atomic<int> ready(0);
  const Thread other([&] {
    if (ready.load() == 0) GTEST_SKIP() << "too early";
  });
  ready.store(1);
}

SELVAGE_TEST(Skipping, Isolated, {.schedules = 5, .isolate = true}) {
  GTEST_SKIP() << "not in a child";
}

SELVAGE_TEST(Skipping, AfterAFailure, {.schedules = 5}) {
  EXPECT_TRUE(false) << "first";
  GTEST_SKIP() << "then";
}

SELVAGE_TEST(Passing, ProvenExhaustively,
             {.strategy = "exhaustive", .spurious_wakeups = 0, .early_timeouts = false}) {
  Lock lock;
  const Thread other([&] { const Guard guard(lock); });
  const Guard guard(lock);
}

SELVAGE_TEST(Unseen, Library, {.schedules = 20}) {
  Bank bank;
  const Thread first([&bank] { Deposit(bank, 1); });
  const Thread second([&bank] { Deposit(bank, 2); });
}

int Initialised() {
  static Shared<int> table(0, "table");
  static const bool filled = [] {
    for (int i = 0; i < 5; ++i) table = i;
    return true;
  }();
  return filled ? 1 : 0;
}

// What is initialised when it is first used is in the first schedule of the process only.
SELVAGE_TEST(Passing, InitialisedLazily, {.schedules = 150}) {
  const Thread other([] { Initialised(); });
}

SELVAGE_TEST(Passing, WalkedAndInitialisedLazily,
             {.strategy = "exhaustive", .spurious_wakeups = 0, .early_timeouts = false}) {
  Initialised();
  Lock lock;
  const Thread other([&] { const Guard guard(lock); });
  const Guard guard(lock);
}

SELVAGE_TEST(Failing, AfterLazyInitialisation, {.schedules = 500, .strategy = "random"}) {
  Initialised();
  Lock lock;
  int counter = 0;
  {
    const Thread other("other", [&] { IncrementInTwoSteps(lock, counter); });
    IncrementInTwoSteps(lock, counter);
  }
  EXPECT_EQ(counter, 2);
}

// In every way that a program has, each once.
void TalkInEveryWay(int counter) {
  std::printf("printf says %d\n", counter);
  std::fprintf(stderr, "stderr says %d\n", counter);
  std::cout << "cout says " << counter << "\n";
  std::cerr << "cerr says " << counter << "\n";
  std::clog << "clog says " << counter << "\n";
  for (const int file : {STDOUT_FILENO, STDERR_FILENO}) {
    const std::string text =
        "descriptor " + std::to_string(file) + " says " + std::to_string(counter) + "\n";
    static_cast<void>(!write(file, text.data(), text.size()));
  }
}

SELVAGE_TEST(Talking, Passes, {.schedules = 300}) {
  TalkInEveryWay(7);
  const Thread other([] {});
}

SELVAGE_TEST(Talking, Isolated, {.schedules = 30, .isolate = true}) { TalkInEveryWay(7); }

class Turtle {
 public:
  virtual ~Turtle() = default;
  virtual void Walk() = 0;
};
class MockTurtle : public Turtle {
 public:
  MOCK_METHOD(void, Walk, (), (override));
};

SELVAGE_TEST(Talking, Mock, {.schedules = 300}) {
  MockTurtle turtle;
  turtle.Walk();
}

// Dies in the schedule in which the other task comes first.
void DieIfOvertaken() {
  Atomic<int> counter(0);
  const Thread other([&] { counter.store(1); });
  const int seen = counter.load();
  TalkInEveryWay(seen);
  if (seen == 1) std::abort();
}
SELVAGE_TEST(Talking, Dies, {.schedules = 500, .seed = 5, .strategy = "random"}) {
  DieIfOvertaken();
}
SELVAGE_TEST(Talking, DiesIsolated,
             {.schedules = 500, .seed = 5, .strategy = "random", .isolate = true}) {
  DieIfOvertaken();
}
SELVAGE_TEST(Talking, ExitsWithSeven, {.schedules = 500, .seed = 5, .strategy = "random"}) {
  Atomic<int> counter(0);
  const Thread other([&] { counter.store(1); });
  const int seen = counter.load();
  TalkInEveryWay(seen);
  if (seen == 1) std::exit(7);
}

SELVAGE_TEST(Talking, Fails, {.schedules = 500, .strategy = "random"}) {
  Lock lock;
  int counter = 0;
  {
    const Thread other("other", [&] { IncrementInTwoSteps(lock, counter); });
    IncrementInTwoSteps(lock, counter);
  }
  TalkInEveryWay(counter);
  EXPECT_EQ(counter, 2);
}

TEST(Talking, ShowsProgress) {
  Options options;
  options.schedules = 5;
  options.on_schedule = [](std::uint64_t) { return std::puts("progress") >= 0; };
  RunTest([] { std::fputs("the body runs\n", stderr); }, TestOptions(options), __FILE__, __LINE__);
  std::puts("after the test");
}

// What it does depends on how often it was done before.
SELVAGE_TEST(Passing, Nondeterministic, {.schedules = 5}) {
  static int runs = 0;
  ++runs;
  Lock lock;
  for (int i = 0; i < runs; ++i) const Guard guard(lock);
}

}  // namespace
}  // namespace selvage
