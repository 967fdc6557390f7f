// An ordinary thread of which can be seen that it blocks.
#ifndef SELVAGE_TESTS_PRIMITIVES_WATCHED_THREAD_H_
#define SELVAGE_TESTS_PRIMITIVES_WATCHED_THREAD_H_

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace selvage {

class WatchedThread {
 public:
  explicit WatchedThread(std::function<void()> function)
      : thread_([this, call = std::move(function)] {
          id_.store(syscall(SYS_gettid));
          call();
          ended_.store(true);
        }) {}
  ~WatchedThread() { Join(); }

  // Returns once the thread sleeps in the kernel, true, or has ended, false. A thread that sleeps
  // for another reason than the one meant makes a test weaker, never red.
  bool Blocks() const {
    while (!ended_.load()) {
      std::ifstream file("/proc/self/task/" + std::to_string(id_.load()) + "/stat");
      std::string text;
      std::getline(file, text);
      const std::size_t name_end = text.rfind(')');  // "id (name) state ..."
      if (name_end != std::string::npos && text.compare(name_end, 3, ") S") == 0) return true;
      std::this_thread::yield();
    }
    return false;
  }

  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<long> id_{0};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace selvage

#endif  // SELVAGE_TESTS_PRIMITIVES_WATCHED_THREAD_H_
