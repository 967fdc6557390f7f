// Two threads that each need two locks.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::lock_order {
namespace {

class Sum {
 public:
  void AddForward() {
    Guard guard_a(a_);
    Guard guard_b(b_);
    value_ = value_ + 1;
  }

  void AddBackward() {
    Guard guard_b(b_);
    Guard guard_a(a_);
    value_ = value_ + 1;
  }

  int value() const { return value_; }

 private:
  Lock a_{"lock a"};
  Lock b_{"lock b"};
  Shared<int> value_{0, "sum"};
};

template <void (Sum::*add_first)(), void (Sum::*add_second)()>
void Run() {
  const auto sum = std::make_unique<Sum>();
  Thread first("first", [&shared = *sum] { (shared.*add_first)(); });
  Thread second("second", [&shared = *sum] { (shared.*add_second)(); });
  first.join();
  second.join();
  SELVAGE_EXPECT(sum->value() == 2);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "lock_order",
      .documents = {"002"},
      .goes_wrong = "Each of two threads holds one lock and waits for the other's.",
      .order_of_events =
          "One thread takes a, the other takes b, the first asks for b, the second "
          "asks for a.",
      .why_fixed =
          "Both threads take a first, so that whoever holds b already holds a and waits "
          "for nobody.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<&Sum::AddForward, &Sum::AddBackward>,
                    {FindingKind::kDeadlock}},
                   {"fixed", Role::kFixed, Run<&Sum::AddForward, &Sum::AddForward>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::lock_order
