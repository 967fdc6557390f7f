// Four workers that are stopped with sentinels.

#include <memory>
#include <optional>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::worker_pool_stop {
namespace {

constexpr int kWorkers = 4;
constexpr int kItems = 2;

using Items = Queue<std::optional<int>>;

void Work(Items& items) {
  while (items.get().has_value()) items.task_done();
}

template <int sentinels>
void Run() {
  const auto items = std::make_unique<Items>(0, "items");
  std::vector<Thread> workers;
  workers.reserve(kWorkers);
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&shared = *items] { Work(shared); });
  }
  for (int item = 0; item < kItems; ++item) items->put(item);
  items->join();
  for (int i = 0; i < sentinels; ++i) items->put(std::nullopt);
  for (Thread& worker : workers) worker.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "worker_pool_stop",
      .documents = {"000"},
      .goes_wrong =
          "There are fewer sentinels than workers, and a worker without one waits for the next "
          "item for ever.",
      .order_of_events =
          "Three workers take a sentinel each and end, the fourth waits, and main waits for the "
          "fourth.",
      .why_fixed = "A sentinel is put for each worker that was started.",
      .variants = {{"buggy", Role::kBuggy, Run<kWorkers - 1>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<kWorkers>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::worker_pool_stop
