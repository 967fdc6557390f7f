// What every binary that has a SELVAGE_TEST does before its tests.
#ifndef SELVAGE_HARNESS_GTEST_STARTUP_H_
#define SELVAGE_HARNESS_GTEST_STARTUP_H_

#include <string>

namespace selvage {

// Prints the message and ends the process with exit code 2.
[[noreturn]] void ExitForUsage(const std::string& message);

// Does nothing. A call makes the linker take in what startup.cc does when the program starts: wrong
// settings end it before its first test, and --help lists the flags after GoogleTest's.
void LinkStartup();

}  // namespace selvage

#endif  // SELVAGE_HARNESS_GTEST_STARTUP_H_
