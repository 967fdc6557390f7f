// A wait without a predicate, whose notification has come too early.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::condition_lost_notify {
namespace {

class Signal {
 public:
  void Notify() {
    Guard guard(lock_);
    ready_ = true;
    changed_.notify_one();
  }

  void Wait() {
    Guard guard(lock_);
    changed_.wait(lock_);
  }

  void WaitUntilReady() {
    Guard guard(lock_);
    changed_.wait(lock_, [this] { return ready_.load(); });
    SELVAGE_EXPECT(ready_);
  }

 private:
  Lock lock_{"signal lock"};
  Condition changed_{"signal"};
  Shared<bool> ready_{false, "ready"};
};

template <void (Signal::*wait)()>
void Run() {
  const auto signal = std::make_unique<Signal>();
  Thread waiter("waiter", [&shared = *signal] { (shared.*wait)(); });
  Thread notifier("notifier", [&shared = *signal] { shared.Notify(); });
  waiter.join();
  notifier.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "condition_lost_notify",
      .documents = {"000"},
      .goes_wrong =
          "A notification is not remembered: one that comes before the wait is lost, and "
          "the waiter waits for ever.",
      .order_of_events =
          "The notifier takes the lock, notifies nobody, and ends; the waiter takes "
          "the lock and waits.",
      .why_fixed =
          "What is waited for is a variable under the lock, so that a waiter who comes "
          "late sees that it need not wait.",
      .variants = {{"buggy", Role::kBuggy, Run<&Signal::Wait>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<&Signal::WaitUntilReady>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::condition_lost_notify
