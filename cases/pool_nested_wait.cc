// Tasks of a thread pool that wait for other tasks of the same pool.

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/future.h"
#include "selvage/primitives/thread_pool.h"

namespace selvage::cases::pool_nested_wait {
namespace {

constexpr int kOuterTasks = 2;

int Inner() { return 1; }

template <int workers>
void RunNested() {
  ThreadPoolExecutor pool(workers, "pool");
  const auto outer = [&pool] { return pool.submit("inner", Inner).get() + 1; };
  Future<int> first = pool.submit("first outer", outer);
  Future<int> second = pool.submit("second outer", outer);
  SELVAGE_EXPECT(first.get() == 2);
  SELVAGE_EXPECT(second.get() == 2);
}

void RunFlat() {
  ThreadPoolExecutor pool(kOuterTasks, "pool");
  const auto outer = [&pool] { return pool.submit("inner", Inner); };
  Future<Future<int>> first = pool.submit("first outer", outer);
  Future<Future<int>> second = pool.submit("second outer", outer);
  SELVAGE_EXPECT(first.get().get() == 1);
  SELVAGE_EXPECT(second.get().get() == 1);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "pool_nested_wait",
      .documents = {"000", "002", "003"},
      .goes_wrong = "Every worker of the pool waits for a task that no worker is left to run.",
      .order_of_events =
          "Both outer tasks are begun, each submits an inner task and waits for it, and the inner "
          "tasks stay in the queue.",
      .why_fixed =
          "With one worker more than there are waiting tasks the inner ones are always run; better "
          "still no task waits, and main asks for the inner results.",
      .variants = {{"buggy", Role::kBuggy, RunNested<kOuterTasks>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, RunFlat, {}},
                   {"fixed_more_workers", Role::kFixed, RunNested<kOuterTasks + 1>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::pool_nested_wait
