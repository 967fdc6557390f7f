// What the kernel does for a thread.
#ifndef SELVAGE_HARNESS_CRASH_SYSTEM_CALL_H_
#define SELVAGE_HARNESS_CRASH_SYSTEM_CALL_H_

#include <optional>
#include <string>

namespace selvage::crash {

// "pause", "futex"; "number 1234" of a system call that is not known to block.
std::string SystemCallName(long number);

// The system call that this thread of the process is in; -1: none, it runs. Absent if the kernel
// does not say. `thread`: the kernel's number.
std::optional<long> SystemCallOf(int thread);

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_SYSTEM_CALL_H_
