// Two consumers wait for items and look only once whether there is one.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::condition_if {
namespace {

// A list of items that are all alike.
class Items {
 public:
  void Produce() {
    Guard guard(lock_);
    available_ = available_ + 1;
    changed_.notify_one();
  }

  void ConsumeAfterIf() {
    Guard guard(lock_);
    if (available_ == 0) changed_.wait(lock_);
    Pop();
  }

  void ConsumeAfterWhile() {
    Guard guard(lock_);
    while (available_ == 0) changed_.wait(lock_);
    Pop();
  }

 private:
  void Pop() {
    const int available = available_;
    SELVAGE_EXPECT(available > 0);
    if (available > 0) available_ = available - 1;
  }

  Lock lock_{"items lock"};
  Condition changed_{"items changed"};
  Shared<int> available_{0, "items"};
};

template <void (Items::*consume)()>
void Run() {
  const auto items = std::make_unique<Items>();
  const auto consumer = [&shared = *items] { (shared.*consume)(); };
  Thread first("first consumer", consumer);
  Thread second("second consumer", consumer);
  items->Produce();
  items->Produce();
  first.join();
  second.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "condition_if",
      .documents = {"000"},
      .goes_wrong =
          "A consumer that was woken takes for granted that there is an item, and pops "
          "from an empty list.",
      .order_of_events =
          "The first consumer waits, an item is produced and the first is notified, "
          "the second takes lock and item before the first has the lock again.",
      .why_fixed =
          "In a while the woken consumer looks again, with the lock held, and waits on if "
          "the item is gone or the wake-up was spurious.",
      .variants =
          {{"buggy", Role::kBuggy, Run<&Items::ConsumeAfterIf>, {FindingKind::kFailedExpectation}},
           {"fixed", Role::kFixed, Run<&Items::ConsumeAfterWhile>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::condition_if
