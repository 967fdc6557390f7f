// Lock orders of ordinary threads, in every test of a binary.
#ifndef SELVAGE_HARNESS_GTEST_LOCK_ORDER_CHECKS_H_
#define SELVAGE_HARNESS_GTEST_LOCK_ORDER_CHECKS_H_

#include <string>

namespace selvage {

struct LockOrderChecks {
  // Where the binary's lock-order report goes (JSON, as `selvage report` reads it); a directory if
  // it ends with "/", and then the file is called after the binary. "%p" in it becomes the process
  // number. Empty: SELVAGE_LOCK_ORDER in the environment says where, or none is written.
  std::string report;
  // Accepted cycles: a file with lines FINGERPRINT OWNER YYYY-MM-DD REASON. Empty: none.
  std::string baseline;
};

// Records the locks of ordinary threads from now on, in all tests. A cycle that fails by default
// and is not accepted is a failure of the test in which it was first seen. An accepted one that has
// expired, or that was not seen although all tests were run, fails the program. The report also has
// what SELVAGE_TESTs record.
//
// Call it once, between InitGoogleTest() and RUN_ALL_TESTS(). Ends the program with exit code 2 if
// the baseline cannot be read.
void CheckLockOrders(const LockOrderChecks& checks);

// As the flags --selvage_lock_order=PATH and --selvage_baseline=FILE say, or the environment's
// SELVAGE_LOCK_ORDER and SELVAGE_BASELINE: what the main() of selvage::gtest_main calls. In a binary
// with another main() one of the flags does the same when the program starts. Does nothing the
// second time. Ends the program with exit code 2 if a --selvage_ flag is wrong.
void CheckLockOrdersAsAsked();

}  // namespace selvage

#endif  // SELVAGE_HARNESS_GTEST_LOCK_ORDER_CHECKS_H_
