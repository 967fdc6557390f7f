// Consumers of a queue that end when they find a sentinel in it.

#include <memory>
#include <optional>

#include "selvage/cases/registry.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::queue_sentinel {
namespace {

constexpr int kItems = 1;
constexpr int kConsumers = 2;

using Items = Queue<std::optional<int>>;

void Consume(Items& items) {
  while (items.get().has_value()) items.task_done();
}

template <int sentinels>
void Run() {
  const auto items = std::make_unique<Items>(0, "items");
  Thread first("first consumer", [&shared = *items] { Consume(shared); });
  Thread second("second consumer", [&shared = *items] { Consume(shared); });
  for (int item = 0; item < kItems; ++item) items->put(item);
  for (int i = 0; i < sentinels; ++i) items->put(std::nullopt);
  first.join();
  second.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "queue_sentinel",
      .documents = {"000"},
      .goes_wrong =
          "A sentinel is taken out of the queue by the consumer that finds it, so that one "
          "sentinel stops one consumer.",
      .order_of_events =
          "The first consumer takes the sentinel and ends, the second waits for something that "
          "never comes.",
      .why_fixed = "The producer puts one sentinel for each consumer.",
      .variants = {{"buggy", Role::kBuggy, Run<1>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<kConsumers>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::queue_sentinel
