// SELVAGE_TEST: a GoogleTest test whose body is run under many schedules.
#ifndef SELVAGE_HARNESS_GTEST_TEST_H_
#define SELVAGE_HARNESS_GTEST_TEST_H_

#include <gtest/gtest.h>

#include "selvage/harness/explore.h"

namespace selvage {

// The options of the running test: those given, then the environment (SELVAGE_SCHEDULES and its
// kin), then the flags of the same names (--selvage_schedules=N; --help lists them), each
// overriding the one before; the name is the running test's, and so is the replay command if none
// is given. A value that cannot be read ends the process with exit code 2 and a message that says
// which.
Options TestOptions(Options options = {});

// Explores `body` and reports every finding as a failure of the running test, in `file` at `line`.
// GoogleTest assertions inside `body` count for the schedule they fail in, and are reported once,
// with that schedule; GTEST_SKIP() inside it ends the exploration and skips the test. A test that
// passes prints what was explored, in one line, and its warnings, unless --selvage_quiet or
// --gtest_brief asks for silence. GoogleTest's XML and JSON have the same as properties of the
// test: selvage_schedules, selvage_failing, selvage_exhausted, selvage_behaviours,
// selvage_new_behaviour, selvage_strategy, selvage_seconds, selvage_warnings.
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
