#include <gtest/gtest.h>
#include <selvage/harness/gtest/test.h>
#include <selvage/primitives/lock.h>
#include <selvage/primitives/shared.h>
#include <selvage/primitives/thread.h>

#include <atomic>
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

// --- With nothing but the standard library's atomics ---

template <typename Deposit>
void DepositTwice(Deposit deposit) {
  std::atomic<int> balance = 0;
  {
    const selvage::Thread first([&] { deposit(balance); });
    const selvage::Thread second([&] { deposit(balance); });
  }
  EXPECT_EQ(balance, 2);
}

SELVAGE_TEST(Account, DepositsByOneUpdate) {
  DepositTwice([](std::atomic<int>& balance) { balance.fetch_add(1); });
}

SELVAGE_TEST(Account, DepositsByTwoUpdates) {
  DepositTwice([](std::atomic<int>& balance) { balance.exchange(balance.fetch_add(0) + 1); });
}

SELVAGE_TEST(Account, DepositsUnderASpinLock) {
  std::atomic_flag taken = ATOMIC_FLAG_INIT;
  int plain = 0;
  DepositTwice([&](std::atomic<int>& balance) {
    while (taken.test_and_set(std::memory_order_acquire)) {
    }
    balance = ++plain;
    taken.clear(std::memory_order_release);
  });
}

}  // namespace
