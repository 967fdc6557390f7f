// A mutex of the C library as a program has it that links nothing of this project: std::mutex in
// the benchmark's own program goes through the functions in front of the library's.
#ifndef SELVAGE_TESTS_BENCH_LIBRARY_MUTEX_H_
#define SELVAGE_TESTS_BENCH_LIBRARY_MUTEX_H_

#include <pthread.h>

namespace selvage::bench {

class LibraryMutex {
 public:
  LibraryMutex() = default;
  LibraryMutex(const LibraryMutex&) = delete;
  LibraryMutex& operator=(const LibraryMutex&) = delete;

  // Through a pointer, as a call into a shared library is.
  void lock() { lock_(&mutex_); }
  void unlock() { unlock_(&mutex_); }

 private:
  using Function = int (*)(pthread_mutex_t*);
  static const Function lock_;
  static const Function unlock_;

  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace selvage::bench

#endif  // SELVAGE_TESTS_BENCH_LIBRARY_MUTEX_H_
