#include "selvage/tests/harness/interpose/program.h"

#include <thread>

namespace selvage {

void InTwoThreads(const std::function<void()>& first, const std::function<void()>& second) {
  std::thread one(first);
  std::thread two(second);
  one.join();
  two.join();
}

}  // namespace selvage
