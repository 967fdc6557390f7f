// main() for test binaries whose lock orders are to be checked: selvage::gtest_main.

#include <gtest/gtest.h>

#include "selvage/harness/gtest/lock_order_checks.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  selvage::CheckLockOrdersAsAsked();
  return RUN_ALL_TESTS();
}
