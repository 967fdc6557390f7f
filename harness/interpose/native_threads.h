// Ordinary threads that are started and joined while they are recorded. All is thread-safe.
#ifndef SELVAGE_HARNESS_INTERPOSE_NATIVE_THREADS_H_
#define SELVAGE_HARNESS_INTERPOSE_NATIVE_THREADS_H_

#include <pthread.h>

#include <cstdint>

#include "selvage/harness/interpose/recorded.h"

namespace selvage::interpose {

// A thread between pthread_create() and its first instruction: what it is to run, and what it is
// recorded as.
class RecordedStart {
 public:
  using Function = void* (*)(void*);

  // The thread of `context` starts one, with a call from `caller`. `joinable`: somebody may join it
  // by its handle.
  RecordedStart(lockgraph::ThreadContext& context, Function function, void* argument, bool joinable,
                std::uintptr_t caller);

  // Runs what a RecordedStart says.
  static void* Run(void* start);
  // The thread has been started, and has this handle; the start is its own from here on.
  static void Started(RecordedStart* start, pthread_t handle);

 private:
  void Register(pthread_t handle);
  static void LetGo(RecordedStart* start);

  const lockgraph::ForkToken token_;
  const Function function_;
  void* const argument_;
  const bool joinable_;
  bool registered_ = false;
  int users_ = 2;
};

// A join of the calling ordinary thread. Does nothing where that is not recorded.
class RecordedJoin {
 public:
  RecordedJoin(pthread_t handle, RequestKind kind, std::uintptr_t caller);

  // Also if the calling thread is cancelled while it waits.
  ~RecordedJoin() { WaitOver(); }
  RecordedJoin(const RecordedJoin&) = delete;
  RecordedJoin& operator=(const RecordedJoin&) = delete;

  // About to sleep until the thread has ended, and awake again.
  void Wait();
  void WaitOver();
  // The thread has been joined; its handle may be another's from here on.
  void Joined() const;

 private:
  const pthread_t handle_;
  const std::uintptr_t site_;
  lockgraph::ThreadContext* context_ = nullptr;
  lockgraph::ForkToken token_;
  bool waits_ = false;
};

// Nobody will join it.
void ForgetThread(pthread_t handle);

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_NATIVE_THREADS_H_
