// Several threads add to one counter.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::counter {
namespace {

class Counter {
 public:
  void Increment() { value_ = value_ + 1; }

  void LockedIncrement() {
    Guard guard(lock_);
    Increment();
  }

  int value() const { return value_; }

 private:
  Shared<int> value_{0, "counter"};
  Lock lock_{"lock"};
};

template <void (Counter::*increment)()>
void Run() {
  const auto counter = std::make_unique<Counter>();
  const auto work = [&shared = *counter] { (shared.*increment)(); };
  Thread first("first", work);
  Thread second("second", work);
  first.join();
  second.join();
  SELVAGE_EXPECT(counter->value() == 2);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "counter",
      .documents = {"000", "001", "002"},
      .goes_wrong =
          "Adding one is a load, an addition and a store, and nothing keeps two threads "
          "from doing it at once, so that an addition is lost.",
      .order_of_events =
          "The first thread loads 0, the second loads 0 and stores 1, the first "
          "stores 1 over it.",
      .why_fixed =
          "The lock is held from the load to the store, so that the second load sees "
          "what the first thread has stored.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<&Counter::Increment>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<&Counter::LockedIncrement>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::counter
