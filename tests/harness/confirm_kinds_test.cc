// Whatever a predicted deadlock is made of, directed schedules make it happen, and the report says
// so.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/primitives/barrier.h"
#include "selvage/primitives/bounded_semaphore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/event.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_pool.h"

namespace selvage {
namespace {

using lockgraph::Cycle;
using lockgraph::Verdict;

struct Kind {
  const char* name;
  void (*body)();
};

class ConfirmKinds : public testing::TestWithParam<Kind> {};

// The strongest cycle of the report of one schedule and of the directed ones after it.
Cycle StrongestAfter(void (*body)(), bool confirm) {
  Options options;
  options.strategy = "exhaustive";
  options.schedules = 1;
  options.confirm_cycles = confirm;
  options.lock_order_report = true;
  const Result result = Explore(body, options);
  const auto graph = report::ReadLockOrderJson(result.lock_order);
  EXPECT_TRUE(graph.ok()) << graph.status();
  const lockgraph::Analysis analysis = lockgraph::Analyse(*graph);
  EXPECT_FALSE(analysis.cycles.empty()) << result.Text();
  return analysis.cycles.empty() ? Cycle() : analysis.cycles.front();
}

TEST_P(ConfirmKinds, PredictedDeadlock_IsConfirmedWithATokenThatReplaysIt) {
  EXPECT_GT(StrongestAfter(GetParam().body, /*confirm=*/false).verdict, Verdict::kConfirmed);
  const Cycle cycle = StrongestAfter(GetParam().body, /*confirm=*/true);
  ASSERT_EQ(cycle.verdict, Verdict::kConfirmed) << cycle.reason;
  Options replay;
  replay.replay = cycle.replay_token;
  const Result replayed = Explore(GetParam().body, replay);
  EXPECT_TRUE(replayed.Has(FindingKind::kDeadlock)) << replayed.Text();
}

// `t` does its part before `u` in a schedule without a preemption.
template <typename First, typename Second>
void Both(const First& t, const Second& u) {
  const Thread first("t", t);
  const Thread second("u", u);
}

void UnnamedLocksOnOtherLines() {
  Lock a;
  Lock b;
  Both(
      [&] {
        const std::lock_guard outer(a);
        const std::lock_guard inner(b);
      },
      [&] {
        const std::lock_guard outer(b);
        const std::lock_guard inner(a);
      });
}

void LocksOfAVector() {
  std::vector<std::unique_ptr<Lock>> locks;
  for (int i = 0; i < 3; ++i) locks.push_back(std::make_unique<Lock>());
  Both(
      [&] {
        const std::lock_guard outer(*locks[0]);
        const std::lock_guard inner(*locks[1]);
      },
      [&] {
        const std::lock_guard outer(*locks[1]);
        const std::lock_guard inner(*locks[0]);
      });
}

void RecursiveLocks() {
  RLock a;
  Lock b;
  Both(
      [&] {
        const std::lock_guard outer(a);
        const std::lock_guard again(a);
        const std::lock_guard inner(b);
      },
      [&] {
        const std::lock_guard outer(b);
        const std::lock_guard inner(a);
      });
}

template <typename AnySemaphore>
void PermitAgainstALock() {
  Lock a;
  AnySemaphore permit(1);
  Both(
      [&] {
        const std::lock_guard guard(a);
        permit.acquire();
        permit.release();
      },
      [&] {
        permit.acquire();
        { const std::lock_guard guard(a); }
        permit.release();
      });
}

void ReadersBehindWriters() {
  SharedLock a, b;
  const Thread first([&] {
    const std::shared_lock outer(a);
    const std::shared_lock inner(b);
  });
  const Thread second([&] {
    const std::shared_lock outer(b);
    const std::shared_lock inner(a);
  });
  const Thread writer_of_a([&] { const std::lock_guard guard(a); });
  const Thread writer_of_b([&] { const std::lock_guard guard(b); });
}

void ReadAgainBehindAWriter() {
  SharedLock a;
  Both(
      [&] {
        const std::shared_lock outer(a);
        const std::shared_lock inner(a);
      },
      [&] { const std::lock_guard guard(a); });
}

void JoinOfANamedThread() {
  Lock a;
  Thread worker("worker", [&] { const std::lock_guard guard(a); });
  const Thread joiner("joiner", [&] {
    const std::lock_guard guard(a);
    worker.join();
  });
}

void JoinOfAnUnnamedThread() {
  Lock a;
  Thread worker([&] { const std::lock_guard guard(a); });
  const Thread joiner([&] {
    const std::lock_guard guard(a);
    worker.join();
  });
}

void EventThatIsSetUnderTheLock() {
  Lock a;
  Event done;
  Both(
      [&] {
        { const std::lock_guard guard(a); }
        done.set();
      },
      [&] {
        const std::lock_guard guard(a);
        done.wait();
      });
}

void ValueThatIsPutUnderTheLock() {
  Lock a;
  Queue<int> queue;
  Both(
      [&] {
        { const std::lock_guard guard(a); }
        queue.put(1);
      },
      [&] {
        const std::lock_guard guard(a);
        queue.get();
      });
}

void RoomThatIsMadeUnderTheLock() {
  Lock a;
  Queue<int> queue(1);
  Both(
      [&] {
        { const std::lock_guard guard(a); }
        queue.get();
        queue.get();
      },
      [&] {
        const std::lock_guard guard(a);
        queue.put(1);
        queue.put(2);
      });
}

void BarrierUnderALockOfAPeer() {
  Lock a;
  Barrier barrier(2);
  Both(
      [&] {
        { const std::lock_guard guard(a); }
        barrier.wait();
      },
      [&] {
        const std::lock_guard guard(a);
        barrier.wait();
      });
}

void FutureOfATaskThatNeedsTheLock() {
  Lock a;
  ThreadPoolExecutor pool(1);
  auto value = pool.submit([&] {
    const std::lock_guard guard(a);
    return 1;
  });
  const Thread waiter([&] {
    const std::lock_guard guard(a);
    value.get();
  });
}

void NotificationUnderTheLock() {
  Lock a, mutex;
  Condition changed;
  bool ready = false;
  Both(
      [&] {
        const std::lock_guard outer(a);
        const std::lock_guard guard(mutex);
        ready = true;
        changed.notify_all();
      },
      [&] {
        const std::lock_guard outer(a);
        const std::lock_guard guard(mutex);
        changed.wait(mutex, [&] { return ready; });
      });
}

INSTANTIATE_TEST_SUITE_P(
    , ConfirmKinds,
    testing::Values(Kind{"UnnamedLocksOnOtherLines", &UnnamedLocksOnOtherLines},
                    Kind{"LocksOfAVector", &LocksOfAVector},
                    Kind{"RecursiveLocks", &RecursiveLocks},
                    Kind{"Semaphore", &PermitAgainstALock<Semaphore>},
                    Kind{"BoundedSemaphore", &PermitAgainstALock<BoundedSemaphore>},
                    Kind{"ReadersBehindWriters", &ReadersBehindWriters},
                    Kind{"ReadAgainBehindAWriter", &ReadAgainBehindAWriter},
                    Kind{"JoinOfANamedThread", &JoinOfANamedThread},
                    Kind{"JoinOfAnUnnamedThread", &JoinOfAnUnnamedThread},
                    Kind{"Event", &EventThatIsSetUnderTheLock},
                    Kind{"QueueGet", &ValueThatIsPutUnderTheLock},
                    Kind{"QueuePut", &RoomThatIsMadeUnderTheLock},
                    Kind{"Barrier", &BarrierUnderALockOfAPeer},
                    Kind{"Future", &FutureOfATaskThatNeedsTheLock},
                    Kind{"Condition", &NotificationUnderTheLock}),
    [](const auto& it) { return std::string(it.param.name); });

}  // namespace
}  // namespace selvage
