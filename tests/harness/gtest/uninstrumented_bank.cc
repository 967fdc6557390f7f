#include "selvage/tests/harness/gtest/uninstrumented_bank.h"

#include "selvage/primitives/guard.h"

namespace selvage {

void Deposit(Bank& bank, int amount) {
  {
    const Guard guard(bank.lock);
    bank.balance += amount;
  }
  bank.balance += amount;
}

}  // namespace selvage
