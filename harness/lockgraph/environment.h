// Recording a whole program by setting an environment variable.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ENVIRONMENT_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ENVIRONMENT_H_

#include <string>

namespace selvage::lockgraph {

// SELVAGE_LOCK_ORDER=PATH in the environment records all ordinary threads from the start of the
// program, and writes the JSON report to PATH when it exits, and the text to standard error if
// there is a finding. A "%p" in PATH becomes the process number; without it, processes forked off
// write nothing. A deadlock that happens is reported at once, and ends the program with exit
// code 1.
inline constexpr const char* kLockOrderVariable = "SELVAGE_LOCK_ORDER";

// Does the same from now on, for programs that decide themselves. The first call wins.
void RecordProcess(const std::string& path);

// Referred to by the recorder, so that a static library's copy of the code that reads the
// environment is linked in.
void EnvironmentAnchor();

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ENVIRONMENT_H_
