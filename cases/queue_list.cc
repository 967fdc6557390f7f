// A plain container between a producer and a consumer.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/queue.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::queue_list {
namespace {

constexpr int kItems = 2;

// A list that never shrinks: appended at the end, read from the beginning. Each step is right by
// itself, as it is for a Python list, and nothing orders the producer's with the consumer's.
class List {
 public:
  void put(int item) {
    const int end = end_;
    items_[end] = item;
    end_ = end + 1;
  }
  int get() {
    while (end_ == begin_) Yield();
    return items_[begin_++];
  }

 private:
  Shared<int> items_[kItems];
  Shared<int> end_{0, "end"};
  int begin_ = 0;  // the consumer's own
};

template <typename Container>
void Run() {
  const auto container = std::make_unique<Container>();
  Thread producer("producer", [&shared = *container] {
    for (int item = 1; item <= kItems; ++item) shared.put(item);
  });
  Thread consumer("consumer", [&shared = *container] {
    for (int sent = 1; sent <= kItems; ++sent) {
      const int item = shared.get();
      SELVAGE_EXPECT(item == sent);
    }
  });
  producer.join();
  consumer.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "queue_list",
      .documents = {"000"},
      .goes_wrong = "The producer writes to the container while the consumer reads it.",
      .order_of_events =
          "The producer appends, the consumer looks whether there is something and takes it, with "
          "nothing to order the two.",
      .why_fixed =
          "A Queue orders what was done before put() before what follows the get() that takes the "
          "item, and waits without polling.",
      .variants = {{"buggy", Role::kBuggy, Run<List>, {FindingKind::kDataRace}},
                   {"fixed", Role::kFixed, Run<Queue<int>>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::queue_list
