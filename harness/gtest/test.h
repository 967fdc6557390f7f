// SELVAGE_TEST: a GoogleTest test whose body is run under many schedules.
#ifndef SELVAGE_HARNESS_GTEST_TEST_H_
#define SELVAGE_HARNESS_GTEST_TEST_H_

#include <gtest/gtest.h>

#include "selvage/harness/explore.h"

namespace selvage {

// The options of the running test: those given, then the environment (SELVAGE_SCHEDULES,
// SELVAGE_SEED, SELVAGE_STRATEGY, SELVAGE_TIME_BUDGET, SELVAGE_REPLAY), then the flags of the same
// names (--selvage_schedules=N, ...), each overriding the one before; name and replay command are
// the running test's. A value that cannot be read ends the process with exit code 2 and a message
// that says which.
Options TestOptions(Options options = {});

// Explores `body` and reports every finding as a failure of the running test, in `file` at `line`.
// GoogleTest assertions inside `body` count for the schedule they fail in, and are reported once,
// with that schedule. What was explored is kept as properties of the test (selvage_schedules,
// selvage_failing) in GoogleTest's XML.
void RunTest(const std::function<void()>& body, const Options& options, const char* file, int line);

}  // namespace selvage

// Beside TEST: the body that follows runs once in each schedule. Options may be given as designated
// initialisers:
//
//   SELVAGE_TEST(Counter, Increments, {.schedules = 10'000}) { ... }
#define SELVAGE_TEST(suite, name, ...)                                                     \
  static void SelvageBody_##suite##_##name();                                              \
  TEST(suite, name) {                                                                      \
    ::selvage::RunTest(&SelvageBody_##suite##_##name, ::selvage::TestOptions(__VA_ARGS__), \
                       __FILE__, __LINE__);                                                \
  }                                                                                        \
  static void SelvageBody_##suite##_##name()

#endif  // SELVAGE_HARNESS_GTEST_TEST_H_
