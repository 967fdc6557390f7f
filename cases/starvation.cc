// One thread for each item of work.

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/future.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/thread_pool.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::starvation {
namespace {

// More threads than this at once are too many for the machine.
constexpr int kMostThreads = 2;
constexpr int kItems = 3;

class Machine {
 public:
  void Process() {
    const int busy = busy_.fetch_add(1) + 1;
    SELVAGE_EXPECT(busy <= kMostThreads);
    SleepFor(std::chrono::seconds(1));
    busy_.fetch_sub(1);
  }

 private:
  // An observer and no part of the example: atomic, so that it adds no data race, and nothing to
  // schedule.
  std::atomic<int> busy_{0};
};

void RunThreads() {
  const auto machine = std::make_unique<Machine>();
  std::vector<Thread> threads;
  threads.reserve(kItems);
  for (int item = 0; item < kItems; ++item) {
    threads.emplace_back([&shared = *machine] { shared.Process(); });
  }
  for (Thread& thread : threads) thread.join();
}

void RunPool() {
  const auto machine = std::make_unique<Machine>();
  ThreadPoolExecutor pool(kMostThreads, "pool");
  for (int item = 0; item < kItems; ++item) {
    pool.submit([&shared = *machine] { shared.Process(); });
  }
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "starvation",
      .documents = {"002"},
      .goes_wrong =
          "A thread is started for each item, however many there are, and all of them are alive at "
          "once.",
      .order_of_events =
          "Two items are being processed, a thread for the third is started and begins.",
      .why_fixed =
          "A pool with max_workers has no more threads than that, and the other items wait in its "
          "queue.",
      .variants = {{"buggy", Role::kBuggy, RunThreads, {FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, RunPool, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::starvation
