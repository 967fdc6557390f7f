// A database of one value, whose update copies, computes for a while, and writes back.

#include <chrono>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::false_database {
namespace {

class FalseDatabase {
 public:
  void Update() {
    int local_copy = value_;
    local_copy += 1;
    SleepFor(std::chrono::milliseconds(100));
    value_ = local_copy;
  }

  void LockedUpdate() {
    Guard guard(lock_);
    Update();
  }

  int value() const { return value_; }

 private:
  Shared<int> value_{0, "value"};
  Lock lock_{"database lock"};
};

template <void (FalseDatabase::*update)()>
void Run() {
  const auto database = std::make_unique<FalseDatabase>();
  const auto work = [&shared = *database] { (shared.*update)(); };
  Thread first("Thread 0", work);
  Thread second("Thread 1", work);
  first.join();
  second.join();
  SELVAGE_EXPECT(database->value() == 2);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "false_database",
      .documents = {"003"},
      .goes_wrong =
          "Both threads read the value before either has written it back, and the later "
          "write overwrites the other's result.",
      .order_of_events =
          "Thread 0 copies 0 and sleeps, Thread 1 copies 0 and sleeps, both wake "
          "and write 1.",
      .why_fixed =
          "locked_update holds the lock from the copy to the write, sleep included, so "
          "that the second copy is made after the first write.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<&FalseDatabase::Update>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<&FalseDatabase::LockedUpdate>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::false_database
