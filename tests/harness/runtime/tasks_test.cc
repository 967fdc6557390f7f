// Many tasks, tasks of tasks, their names, and several explorations at once.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

std::string SpawnPathOfCaller() { return runtime::CurrentTask()->SpawnPath(); }

TEST(Tasks, TwoHundredOfThem_RunInOneSchedule) {
  Options options;
  options.schedules = 6;
  const Result result = Explore(
      [] {
        Lock lock;
        int count = 0;
        std::vector<Thread> threads;
        for (int i = 0; i < 200; ++i) {
          threads.emplace_back([&] {
            const Guard guard(lock);
            ++count;
          });
        }
        threads.clear();
        SELVAGE_EXPECT(count == 200);
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(result.most_tasks, 201U);
}

TEST(Tasks, TwoHundredOfThem_RunOnFreshBodiesToo) {
  Options options;
  options.schedules = 3;
  options.fresh_bodies = true;
  const Result result = Explore(
      [] {
        std::vector<Thread> threads;
        for (int i = 0; i < 200; ++i) threads.emplace_back([] { Yield(); });
      },
      options);
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_EQ(result.most_tasks, 201U);
}

void SpawnDownTo(int depth, int& deepest) {
  if (depth == 0) return;
  ++deepest;
  Thread([&] { SpawnDownTo(depth - 1, deepest); }).join();
}

TEST(Tasks, TaskOfATaskOfATask_IsSpawnedAndJoinedAsAnyOther) {
  int deepest = 0;
  const Result result = Explore(
      [&] {
        deepest = 0;
        SpawnDownTo(20, deepest);
        SELVAGE_EXPECT(deepest == 20);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(result.most_tasks, 21U);
}

TEST(Tasks, SpawnPath_CountsTheChildrenOfEachParent) {
  std::vector<std::string> paths;
  const Result result = Explore(
      [&] {
        paths.clear();
        paths.push_back(SpawnPathOfCaller());
        Thread([&] {
          paths.push_back(SpawnPathOfCaller());
          Thread([&] { paths.push_back(SpawnPathOfCaller()); }).join();
          Thread([&] { paths.push_back(SpawnPathOfCaller()); }).join();
        }).join();
        Thread([&] { paths.push_back(SpawnPathOfCaller()); }).join();
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(paths, (std::vector<std::string>{"0", "0.0", "0.0.0", "0.0.1", "0.1"}));
}

TEST(Tasks, SpawnPath_IsTheSameInEverySchedule_WhateverTheOrderOfSpawning) {
  std::set<std::string> left_paths;
  std::set<std::string> right_paths;
  std::set<runtime::TaskId> left_ids;
  const Result result = Explore(
      [&] {
        std::string left_path;
        std::string right_path;
        runtime::TaskId left_id{};
        {
          const Thread left([&] {
            Thread([&] {
              left_path = SpawnPathOfCaller();
              left_id = runtime::CurrentTask()->id();
            }).join();
          });
          const Thread right([&] { Thread([&] { right_path = SpawnPathOfCaller(); }).join(); });
        }
        left_paths.insert(left_path);
        right_paths.insert(right_path);
        left_ids.insert(left_id);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  EXPECT_EQ(left_paths, (std::set<std::string>{"0.0.0"}));
  EXPECT_EQ(right_paths, (std::set<std::string>{"0.1.0"}));
  EXPECT_GT(left_ids.size(), 1U);  // or the claim would be an empty one
}

TEST(Tasks, ExploreCalledByATask_Throws) {
  bool thrown = false;
  const Result result = Explore(
      [&] {
        try {
          Explore([] {});
        } catch (const std::logic_error&) {
          thrown = true;
        }
      },
      Exhaustively());
  EXPECT_TRUE(result.ok()) << result.Text();
  EXPECT_TRUE(thrown);
}

// A lost update, in whichever schedule the seed says.
void LoseAnUpdate() {
  Shared<int> counter(0, "counter");
  {
    const Thread other([&] { ++counter; });
    ++counter;
  }
  SELVAGE_EXPECT(counter == 2);
}

TEST(Tasks, ExplorationsOnSeveralThreadsAtOnce_FindWhatEachFindsAlone) {
  constexpr int kThreads = 4;
  const auto explore = [](int seed) {
    Options options;
    options.seed = static_cast<std::uint64_t>(seed);
    options.schedules = 500;
    options.stop_at_first_failure = false;
    return Explore(LoseAnUpdate, options);
  };
  std::vector<Result> together(kThreads);
  {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] { together[static_cast<std::size_t>(i)] = explore(i); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (int i = 0; i < kThreads; ++i) {
    const Result alone = explore(i);
    const Result& result = together[static_cast<std::size_t>(i)];
    EXPECT_EQ(result.schedules, 500U);
    EXPECT_GT(result.failing, 0U);
    EXPECT_EQ(result.failing, alone.failing);
    EXPECT_EQ(result.first_failure, alone.first_failure);
    EXPECT_EQ(result.steps, alone.steps);
    ASSERT_EQ(result.findings.size(), 1U) << result.Text();
    EXPECT_EQ(result.findings[0].token, alone.findings[0].token);
  }
}

TEST(Tasks, ExplorationThatFollowsAnotherOnTheSameThread_StartsWithoutItsPast) {
  Options options;
  options.schedules = 200;
  const Result first = Explore(LoseAnUpdate, options);
  Explore([] { const Thread other([] {}); });
  const Result second = Explore(LoseAnUpdate, options);
  EXPECT_EQ(first.first_failure, second.first_failure);
  EXPECT_EQ(first.steps, second.steps);
}

// Between any two operations of tasks that wait for each other, for notifications and for times.
TEST(Tasks, BookkeepingOfTheScheduler_IsRightAfterEveryOperation) {
  for (const char* strategy : {"random", "pct", "pos"}) {
    Options options;
    options.strategy = strategy;
    options.schedules = 200;
    const Result result = Explore(
        [] {
          const auto check = [] {
            const char* wrong = runtime::CurrentTask()->scheduler().CheckInvariants();
            if (wrong != nullptr) ReportFailure(wrong);
          };
          Lock lock;
          Condition changed;
          Semaphore permits(1);
          int turns = 0;
          const auto work = [&] {
            for (int i = 0; i < 2; ++i) {
              check();
              if (permits.try_acquire_for(std::chrono::milliseconds(1 + i))) {
                check();
                permits.release();
              }
              const Guard guard(lock);
              ++turns;
              check();
              changed.notify_one();
              check();
              changed.wait_for(lock, std::chrono::milliseconds(2));
              check();
            }
          };
          const Thread first(work);
          const Thread second(work);
          const Thread third(Daemon("third"), [&] { SleepFor(std::chrono::hours(1)); });
          work();
          check();
        },
        options);
    EXPECT_TRUE(result.ok()) << result.Text();
  }
}

}  // namespace
}  // namespace selvage
