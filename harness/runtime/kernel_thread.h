// The kernel's number of the thread that really runs.
#ifndef SELVAGE_HARNESS_RUNTIME_KERNEL_THREAD_H_
#define SELVAGE_HARNESS_RUNTIME_KERNEL_THREAD_H_

#include <sys/types.h>

namespace selvage::runtime {

// While a task runs that is the driver, whatever gettid() tells the task. Async-signal-safe.
pid_t KernelThread();

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_KERNEL_THREAD_H_
