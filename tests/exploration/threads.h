// Threads of a known program.
#ifndef SELVAGE_TESTS_EXPLORATION_THREADS_H_
#define SELVAGE_TESTS_EXPLORATION_THREADS_H_

#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace selvage::exploration {

// Threads that are joined when it goes out of scope.
class Threads {
 public:
  Threads() = default;
  ~Threads() { Join(); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  // Starts `count` threads that run `function`.
  void Start(int count, const std::function<void()>& function) {
    for (int i = 0; i < count; ++i) threads_.emplace_back(function);
  }
  void Join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
};

// Runs the functions, each on a thread of its own, to their ends.
template <typename... Functions>
void InParallel(Functions&&... functions) {
  Threads threads;
  (threads.Start(1, std::forward<Functions>(functions)), ...);
}

}  // namespace selvage::exploration

#endif  // SELVAGE_TESTS_EXPLORATION_THREADS_H_
