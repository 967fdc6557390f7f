#include <gtest/gtest.h>
#include <selvage/harness/gtest/test.h>
#include <selvage/primitives/lock.h>
#include <selvage/primitives/shared.h>
#include <selvage/primitives/thread.h>

#include <mutex>

namespace {

struct Account {
  selvage::Lock lock{"account"};
  int balance = 100;
};

void TransferLockingTheSourceFirst(Account& from, Account& to) {
  const std::lock_guard outer(from.lock);
  const std::lock_guard inner(to.lock);
  from.balance -= 10;
  to.balance += 10;
}

void TransferLockingBoth(Account& from, Account& to) {
  const std::scoped_lock both(from.lock, to.lock);
  from.balance -= 10;
  to.balance += 10;
}

template <typename Transfer>
void BothWays(Transfer transfer) {
  Account a;
  Account b;
  {
    const selvage::Thread there([&] { transfer(a, b); });
    const selvage::Thread back([&] { transfer(b, a); });
  }
  EXPECT_EQ(a.balance + b.balance, 200);
}

SELVAGE_TEST(Account, TransfersLockingTheSourceFirst) { BothWays(TransferLockingTheSourceFirst); }
SELVAGE_TEST(Account, TransfersLockingBoth) { BothWays(TransferLockingBoth); }

SELVAGE_TEST(Account, DepositsWithoutTheLock) {
  Account account;
  {
    const auto deposit = [&] { ++account.balance; };
    const selvage::Thread first(deposit);
    const selvage::Thread second(deposit);
  }
}

}  // namespace
