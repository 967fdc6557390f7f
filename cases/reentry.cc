// A function that holds a lock calls another that takes the same one.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::reentry {
namespace {

template <typename AnyLock>
class Account {
 public:
  void Outer() {
    Guard guard(lock_);
    Inner();
  }

  void Inner() {
    Guard guard(lock_);
    calls_ = calls_ + 1;
  }

  int calls() const { return calls_; }

 private:
  AnyLock lock_{"lock"};
  Shared<int> calls_{0, "calls"};
};

template <typename AnyLock>
void Run() {
  const auto account = std::make_unique<Account<AnyLock>>();
  const auto work = [&shared = *account] { shared.Outer(); };
  Thread first("first", work);
  Thread second("second", work);
  first.join();
  second.join();
  SELVAGE_EXPECT(account->calls() == 2);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "reentry",
      .documents = {"000", "001"},
      .goes_wrong =
          "inner() asks for the lock that its caller outer() holds, and waits for itself "
          "for ever.",
      .order_of_events =
          "A thread enters outer() and takes the lock, calls inner(), and asks for "
          "the lock again.",
      .why_fixed =
          "An RLock counts how often its owner has taken it, and keeps only other threads "
          "out.",
      .variants = {{"buggy", Role::kBuggy, Run<Lock>, {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<RLock>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::reentry
