// A counter whose value is read without the lock under which it is written.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::counter_property {
namespace {

class Counter {
 public:
  void Increment() {
    Guard guard(lock_);
    value_ = value_ + 1;
  }

  int UnlockedValue() const { return value_; }

  int Value() {
    Guard guard(lock_);
    return value_;
  }

 private:
  Lock lock_{"counter lock"};
  Shared<int> value_{0, "value"};
};

template <auto value>
void Run() {
  const auto counter = std::make_unique<Counter>();
  Thread adding("adding", [&shared = *counter] { shared.Increment(); });
  Thread reading("reading", [&shared = *counter] {
    const int seen = (shared.*value)();
    SELVAGE_EXPECT(seen == 0 || seen == 1);
  });
  adding.join();
  reading.join();
  SELVAGE_EXPECT(counter->Value() == 1);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "counter_property",
      .documents = {"000"},
      .goes_wrong =
          "The property reads the value without the lock under which increment() writes it.",
      .order_of_events =
          "One thread writes the value with the lock held, another reads it with nothing to order "
          "the two.",
      .why_fixed =
          "The property takes the same lock, which orders each read after one write and before the "
          "next.",
      .variants = {{"buggy", Role::kBuggy, Run<&Counter::UnlockedValue>, {FindingKind::kDataRace}},
                   {"fixed", Role::kFixed, Run<&Counter::Value>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::counter_property
