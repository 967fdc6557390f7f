// A small number for each thread of the process.
#ifndef SELVAGE_HARNESS_RUNTIME_THREAD_NUMBER_H_
#define SELVAGE_HARNESS_RUNTIME_THREAD_NUMBER_H_

#include <cstdint>

namespace selvage::runtime {

// Never 0, below 2^31, never given twice. The first call in a thread is one atomic addition, later
// ones a load.
std::uint32_t AssignThreadNumber();
extern constinit thread_local std::uint32_t thread_number
    __attribute__((tls_model("initial-exec")));
inline std::uint32_t ThreadNumber() {
  const std::uint32_t number = thread_number;
  return number != 0 ? number : AssignThreadNumber();
}

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_THREAD_NUMBER_H_
