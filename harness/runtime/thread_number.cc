#include "selvage/harness/runtime/thread_number.h"

#include <atomic>

namespace selvage::runtime {

constinit thread_local std::uint32_t thread_number __attribute__((tls_model("initial-exec"))) = 0;

std::uint32_t AssignThreadNumber() {
  static constinit std::atomic<std::uint32_t> last{0};
  thread_number = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return thread_number;
}

}  // namespace selvage::runtime
