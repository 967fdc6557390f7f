// A library of code under test that was not given to selvage_instrument().
#ifndef SELVAGE_TESTS_HARNESS_GTEST_UNINSTRUMENTED_BANK_H_
#define SELVAGE_TESTS_HARNESS_GTEST_UNINSTRUMENTED_BANK_H_

#include "selvage/primitives/lock.h"

namespace selvage {

struct Bank {
  Lock lock{"bank"};
  int balance = 0;
};

// Counts the deposit under the lock, and once more without.
void Deposit(Bank& bank, int amount);

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_GTEST_UNINSTRUMENTED_BANK_H_
