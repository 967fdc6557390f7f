// The counter under a global interpreter lock: no data race, and wrong all the same.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::counter_gil {
namespace {

// Executes one step of the program at a time, as CPython's interpreter does.
class Interpreter {
 public:
  int Load(const Shared<int>& variable) {
    Guard guard(lock_);
    return variable;
  }
  void Store(Shared<int>& variable, int value) {
    Guard guard(lock_);
    variable = value;
  }
  int Add(int left, int right) {
    Guard guard(lock_);
    return left + right;
  }

 private:
  Lock lock_{"interpreter lock"};
};

class Counter {
 public:
  void Increment() {
    int temp = interpreter_.Load(value_);
    temp = interpreter_.Add(temp, 1);
    interpreter_.Store(value_, temp);
  }

  void LockedIncrement() {
    Guard guard(lock_);
    Increment();
  }

  int value() const { return value_; }

 private:
  Interpreter interpreter_;
  Shared<int> value_{0, "counter"};
  Lock lock_{"counter lock"};
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
      .name = "counter_gil",
      .documents = {"001", "000", "002", "003"},
      .goes_wrong =
          "The interpreter lock orders the load, the addition and the store one by one, "
          "which satisfies ThreadSanitizer, but it is free between them, so that an "
          "addition is lost.",
      .order_of_events =
          "The first thread loads 0 and gives the interpreter lock up, the second "
          "does its three steps, the first stores 1 over the second's 1.",
      .why_fixed =
          "One more lock is held over all three steps, so that nobody loads between "
          "another's load and store.",
      .variants =
          {{"buggy", Role::kBuggy, Run<&Counter::Increment>, {FindingKind::kFailedExpectation}},
           {"fixed", Role::kFixed, Run<&Counter::LockedIncrement>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::counter_gil
