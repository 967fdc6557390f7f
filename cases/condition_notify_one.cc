// Threads wait on one condition for two different things.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::condition_notify_one {
namespace {

class Kitchen {
 public:
  void ServeOne() {
    Serve(tea_, [this] { changed_.notify_one(); });
    Serve(coffee_, [this] { changed_.notify_one(); });
  }

  void ServeAll() {
    Serve(tea_, [this] { changed_.notify_all(); });
    Serve(coffee_, [this] { changed_.notify_all(); });
  }

  void ServeEach() {
    Serve(tea_, [this] { tea_ready_.notify_one(); });
    Serve(coffee_, [this] { coffee_ready_.notify_one(); });
  }

  void AwaitTea() { Await(tea_, changed_); }
  void AwaitCoffee() { Await(coffee_, changed_); }
  void AwaitTeaOnly() { Await(tea_, tea_ready_); }
  void AwaitCoffeeOnly() { Await(coffee_, coffee_ready_); }

 private:
  template <typename Notify>
  void Serve(Shared<bool>& drink, const Notify& notify) {
    Guard guard(lock_);
    drink = true;
    notify();
  }

  void Await(const Shared<bool>& drink, Condition& condition) {
    Guard guard(lock_);
    while (!drink) condition.wait(lock_);
  }

  Lock lock_{"kitchen lock"};
  Condition changed_{"changed"};
  Condition tea_ready_{"tea ready"};
  Condition coffee_ready_{"coffee ready"};
  Shared<bool> tea_{false, "tea"};
  Shared<bool> coffee_{false, "coffee"};
};

template <void (Kitchen::*serve)(), void (Kitchen::*await_tea)(), void (Kitchen::*await_coffee)()>
void Run() {
  const auto kitchen = std::make_unique<Kitchen>();
  Thread tea("tea drinker", [&shared = *kitchen] { (shared.*await_tea)(); });
  Thread coffee("coffee drinker", [&shared = *kitchen] { (shared.*await_coffee)(); });
  ((*kitchen).*serve)();
  tea.join();
  coffee.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "condition_notify_one",
      .documents = {"000"},
      .goes_wrong =
          "One notification wakes one waiter, and that may be the one who waits for something else "
          "and goes back to sleep with it.",
      .order_of_events =
          "Both drinkers wait, tea is served and the coffee drinker is woken and waits on, coffee "
          "is served and one of them is woken: the other waits for ever.",
      .why_fixed =
          "notify_all wakes everybody, and each looks for himself; with a condition for each kind "
          "one notification cannot reach the wrong one.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<&Kitchen::ServeOne, &Kitchen::AwaitTea, &Kitchen::AwaitCoffee>,
                    {FindingKind::kDeadlock}},
                   {"fixed",
                    Role::kFixed,
                    Run<&Kitchen::ServeAll, &Kitchen::AwaitTea, &Kitchen::AwaitCoffee>,
                    {}},
                   {"fixed_two_conditions",
                    Role::kFixed,
                    Run<&Kitchen::ServeEach, &Kitchen::AwaitTeaOnly, &Kitchen::AwaitCoffeeOnly>,
                    {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::condition_notify_one
