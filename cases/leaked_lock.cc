// An exception between acquire and release.

#include <memory>
#include <stdexcept>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::leaked_lock {
namespace {

class Counter {
 public:
  // Throws std::invalid_argument if `amount` is negative.
  void AddByHand(int amount) {
    lock_.lock();
    Add(amount);
    lock_.unlock();
  }

  // Throws as AddByHand() does.
  void AddScoped(int amount) {
    Guard guard(lock_);
    Add(amount);
  }

  int value() const { return value_; }

 private:
  void Add(int amount) {
    if (amount < 0) throw std::invalid_argument("a negative amount");
    value_ = value_ + amount;
  }

  Lock lock_{"counter lock"};
  Shared<int> value_{0, "value"};
};

template <void (Counter::*add)(int)>
void Run() {
  const auto counter = std::make_unique<Counter>();
  Thread failing("failing", [&shared = *counter] {
    try {
      (shared.*add)(-1);
    } catch (const std::invalid_argument&) {
      // A Python thread prints the traceback here, and ends; the program goes on.
    }
  });
  Thread adding("adding", [&shared = *counter] { (shared.*add)(1); });
  failing.join();
  adding.join();
  // Whoever was first, main finds the lock as the failing thread has left it.
  ((*counter).*add)(1);
  SELVAGE_EXPECT(counter->value() == 2);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "leaked_lock",
      .documents = {"001"},
      .goes_wrong =
          "An exception skips the release, the thread ends with the lock held, and "
          "everybody who asks for it later waits for ever.",
      .order_of_events =
          "The failing thread takes the lock, throws, and ends; another thread "
          "asks for the lock.",
      .why_fixed = "The guard's destructor releases the lock however the scope is left.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<&Counter::AddByHand>,
                    {FindingKind::kDeadlock, FindingKind::kLeakedLock}},
                   {"fixed", Role::kFixed, Run<&Counter::AddScoped>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::leaked_lock
