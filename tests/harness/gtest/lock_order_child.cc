// The tests that lock_order_checks_test.cc runs in a process of their own: linked with
// selvage::gtest_main.

#include <gtest/gtest.h>

#include <mutex>

#include "selvage/harness/gtest/test.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

// Two threads that could deadlock, and never do: the second starts when the first has done its
// work, but not because of it.
void NestBothWays(const char* one, const char* other) {
  Lock a(one);
  Lock b(other);
  Thread first("first", [&] {
    const std::lock_guard outer(a);
    const std::lock_guard inner(b);
  });
  while (first.is_alive()) {
  }
  Thread second("second", [&] {
    const std::lock_guard outer(b);
    const std::lock_guard inner(a);
  });
  first.join();
  second.join();
}

TEST(Bank, TransfersBothWays) { NestBothWays("accounts", "journal"); }

TEST(Bank, TransfersBothWaysAgain) { NestBothWays("accounts", "journal"); }

TEST(Bank, Opens) {
  Lock door("door");
  const std::lock_guard guard(door);
}

SELVAGE_TEST(Explored, NestsInOneOrder) {
  Lock outer("outer");
  Lock inner("inner");
  const Thread other([&] {
    const std::lock_guard guard(outer);
    const std::lock_guard inner_guard(inner);
  });
}

}  // namespace
}  // namespace selvage
