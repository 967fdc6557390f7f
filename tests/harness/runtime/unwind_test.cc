// The tasks of a schedule that is given up are unwound: their destructors run, and nothing that
// these do is part of the schedule.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/leak_check.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/runtime/tracked.h"
#include "selvage/tests/harness/runtime/unwind_bodies.h"

namespace selvage {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

Options OneSchedule() {
  Options options;
  options.strategy = "exhaustive:0";
  options.schedules = 1;
  options.shrink = false;
  options.spurious_wakeups = 0;
  options.early_timeouts = false;
  options.watchdog = seconds(0);
  return options;
}

class Unwinding : public testing::Test {
 protected:
  Unwinding() { Tracked::alive = 0; }

  // Of one schedule that deadlocks, and is run again to be explained.
  Result Deadlocked(const std::function<void()>& body, const Options& options = OneSchedule()) {
    const auto run = [&] {
      Tracked::alive = 0;
      body();
    };
    Result result = Explore(run, options);
    EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
    return result;
  }
};

TEST_F(Unwinding, DeadlockedTasks_RunTheirDestructors) {
  Deadlocked([] {
    const Tracked of_main;
    Semaphore never(0);
    Thread first([&] {
      const Tracked of_first;
      never.acquire();
    });
    Thread second([&, captured = Tracked()] { never.acquire(); });
    second.join();
  });
  EXPECT_EQ(Tracked::alive, 0);
}

TEST_F(Unwinding, Children_AreUnwoundBeforeTheirParents) {
  std::vector<std::string> ended;
  Deadlocked([&] {
    ended.clear();
    Semaphore never(0);
    const absl::Cleanup main_ends = [&] { ended.push_back("main"); };
    Thread parent([&] {
      const absl::Cleanup parent_ends = [&] { ended.push_back("parent"); };
      Thread child([&] {
        const absl::Cleanup child_ends = [&] { ended.push_back("child"); };
        never.acquire();
      });
      never.acquire();
    });
    parent.join();
  });
  EXPECT_THAT(ended, ElementsAre("child", "parent", "main"));
}

TEST_F(Unwinding, TaskThatNeverStarted_IsFreedWithWhatItWasGiven) {
  Options options = OneSchedule();
  const Result result = Explore(
      [] {
        Lock lock("lock");
        const Thread never_started([captured = Tracked()] {});
        lock.unlock();
      },
      options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kMisuse, "unlocked while nobody holds it"));
  EXPECT_EQ(Tracked::alive, 0);
}

TEST_F(Unwinding, NothingAfterTheWait_IsRun) {
  bool ran = false;
  Deadlocked([&] {
    Semaphore never(0);
    Thread other([&] {
      never.acquire();
      ran = true;
    });
    other.join();
    ran = true;
  });
  EXPECT_FALSE(ran);
}

TEST_F(Unwinding, HandlerThatCatchesEverything_OnlyGetsToTheNextWait) {
  int caught = 0;
  bool went_on = false;
  Deadlocked([&] {
    const Tracked tracked;
    Semaphore never(0);
    caught = 0;
    for (int i = 0; i < 2; ++i) {
      try {
        never.acquire();
      } catch (...) {
        ++caught;
      }
    }
    never.acquire();
    went_on = true;
  });
  EXPECT_EQ(caught, 2);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(Tracked::alive, 0);
}

TEST_F(Unwinding, LocksHeldAndWaitedFor_AreLeftInOrder) {
  Deadlocked([] {
    Lock lock;
    SharedLock shared("shared", SharedLockPolicy::kFair);
    Condition condition;
    Barrier barrier(9);
    Queue<Tracked> queue;
    const auto wake_all = [&] {
      condition.notify_all();
      barrier.abort();
      queue.shutdown();
    };
    Thread waiter([&] {
      const absl::Cleanup wake = wake_all;
      const Guard guard(lock);
      condition.wait(lock);
    });
    Thread at_barrier([&] {
      const absl::Cleanup wake = wake_all;
      barrier.arrive_and_wait();
    });
    Thread reader([&] {
      const absl::Cleanup wake = wake_all;
      shared.lock_shared();
      const absl::Cleanup unlock = [&] { shared.unlock_shared(); };
      queue.get();
    });
    Thread writer([&] {
      const absl::Cleanup wake = wake_all;
      shared.lock();
      shared.unlock();
    });
    const absl::Cleanup wake = wake_all;
    queue.put(Tracked());
    queue.put(Tracked());
    queue.join();
  });
  EXPECT_EQ(Tracked::alive, 0);
}

TEST_F(Unwinding, PoolWithWorkThatWaits_IsEmptied) {
  Deadlocked([] {
    Semaphore never(0);
    ThreadPoolExecutor pool(1);
    auto first = pool.submit([&, captured = Tracked()] { never.acquire(); });
    auto second = pool.submit([captured = Tracked()] {});
    second.get();
  });
  EXPECT_EQ(Tracked::alive, 0);
}

TEST_F(Unwinding, WhatDestructorsDo_IsNoFinding) {
  const Result result = Deadlocked([] {
    Semaphore never(0, "never");
    Lock lock("lock");
    int unguarded = 0;
    const auto misbehave = [&] {
      ++unguarded;
      SELVAGE_EXPECT(unguarded < 0);
      lock.unlock();
    };
    Thread first([&] {
      const absl::Cleanup cleanup = misbehave;
      never.acquire();
    });
    Thread second([&] {
      const absl::Cleanup cleanup = misbehave;
      never.acquire();
    });
    never.acquire();
  });
  EXPECT_EQ(result.findings.size(), 1u) << result.Text();
}

TEST_F(Unwinding, DestructorThatWaits_EndsTheUnwindingOfItsTaskOnly) {
  Deadlocked([] {
    const Tracked of_main;
    Semaphore never(0);
    Thread stubborn([&] {
      const Tracked left_behind;
      const absl::Cleanup wait = [&] { never.acquire(); };
      never.acquire();
    });
    stubborn.join();
  });
  EXPECT_EQ(Tracked::alive, 1);
}

TEST_F(Unwinding, DestructorThatAsksForEver_EndsTheUnwinding) {
  Deadlocked([] {
    Semaphore never(0);
    const Tracked left_behind;
    const absl::Cleanup spin = [&] {
      while (!never.try_acquire()) Yield();
    };
    never.acquire();
  });
  EXPECT_EQ(Tracked::alive, 1);
}

TEST_F(Unwinding, TaskStoppedInADestructor_IsLeftThere) {
  Deadlocked([] {
    const Tracked of_main;
    Semaphore never(0);
    const Thread joined_by_its_destructor([&] {
      const Tracked of_child;
      never.acquire();
    });
  });
  EXPECT_EQ(Tracked::alive, 1);
}

TEST_F(Unwinding, TaskThatHasOutlivedItsParent_IsLeftWhereItIs) {
  Deadlocked([] {
    Semaphore never(0);
    Thread grandchild;
    Thread parent([&] {
      grandchild = Thread([&] {
        const Tracked of_grandchild;
        never.acquire();
      });
    });
    parent.join();
    grandchild.join();
  });
  EXPECT_EQ(Tracked::alive, 1);
}

TEST_F(Unwinding, ScheduleWithoutEnd_IsUnwoundToo) {
  Options options = OneSchedule();
  options.max_steps = 100;
  const Result result = Explore(
      [] {
        const Tracked tracked;
        for (;;) Yield();
      },
      options);
  EXPECT_TRUE(OnlyFinding(result, FindingKind::kUnfinished, ""));
  EXPECT_EQ(Tracked::alive, 0);
}

// No exception passes a plain access: the task runs on to its next operation first.
TEST_F(Unwinding, TaskStoppedAtAPlainAccess_IsUnwoundToo) {
  Options options = OneSchedule();
  options.strategy = "random";
  options.schedules = 100;
  options.stop_at_first_failure = false;
  const Result result = Explore(&DeadlockBesidePlainAccesses, options);
  EXPECT_EQ(result.failing, 100U) << result.Text();
  EXPECT_EQ(Tracked::alive, 0);
}

TEST_F(Unwinding, TaskThatSpinsAtPlainAccesses_IsLeftWhereItIs) {
  Options options = OneSchedule();
  options.strategy = "random";
  options.max_steps = 100;
  EXPECT_TRUE(Explore(&DeadlockBesideASpinningTask, options).Has(FindingKind::kDeadlock));
}

TEST_F(Unwinding, TurnedOff_LeavesEveryTaskWhereItIs) {
  Options options = OneSchedule();
  options.unwind = false;
  Deadlocked(
      [] {
        const Tracked tracked;
        Semaphore never(0);
        never.acquire();
      },
      options);
  EXPECT_EQ(Tracked::alive, 1);
}

TEST_F(Unwinding, TerminateHandlerOfTheProgram_IsKept) {
  const std::terminate_handler before = std::get_terminate();
  Deadlocked([] {
    Semaphore never(0);
    const Thread joined_by_its_destructor([&] { never.acquire(); });
  });
  EXPECT_EQ(std::get_terminate(), before);
}

TEST_F(Unwinding, WholeUnwinding_LeavesLeakSanitizerOn) {
  // In a process that starts afresh: other tests have abandoned tasks.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Deadlocked([] {
          Semaphore never(0);
          Thread other([&] { never.acquire(); });
          other.join();
        });
        std::_Exit(runtime::AnyTaskWasAbandoned() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(Unwinding, TaskThatCatchesEverythingInALoop_IsGivenUp) {
  Deadlocked([] {
    Queue<int> queue;
    Semaphore never(0);
    const Thread worker([&] {
      for (;;) {
        try {
          queue.get();
        } catch (...) {
        }
      }
    });
    never.acquire();
  });
}

TEST_F(Unwinding, TaskThatCatchesEverythingAndJoinsOrMisuses_IsGivenUp) {
  Deadlocked([] {
    Semaphore never(0);
    const Thread worker([&] {
      Thread child([] {});
      for (;;) {
        try {
          never.acquire();
          child.join();
        } catch (...) {
        }
        try {
          child.join();
        } catch (...) {
        }
      }
    });
    never.acquire();
  });
}

}  // namespace
}  // namespace selvage
