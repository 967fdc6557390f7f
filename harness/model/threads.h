// The threads that a schedule has started by handle, as pthread_create() does.
#ifndef SELVAGE_HARNESS_MODEL_THREADS_H_
#define SELVAGE_HARNESS_MODEL_THREADS_H_

#include <pthread.h>

#include <cstdint>
#include <deque>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/model/object.h"

namespace selvage::model {

// Thrown by Threads::Exit() through the functions of a thread, so that their destructors run.
// Whoever catches everything lets it pass.
struct ThreadExit {};

class Threads {
 public:
  using Function = void* (*)(void*);

  enum class Release { kByJoin, kByItself };

  // Starts a task that runs `function(argument)`; its handle. kByItself: nobody will join it, and
  // the schedule ends without waiting for it.
  pthread_t Start(runtime::Task& parent, Function function, void* argument, Release release,
                  std::uintptr_t site);

  enum class JoinResult {
    kOk,
    kTimedOut,
    kBusy,      // a try, and it has not ended
    kUnknown,   // no thread of this schedule has the handle, or it was joined already
    kDetached,  // nobody can wait for its end
    kSelf,      // a thread cannot wait for its own end
  };
  // Waits for the thread's end; `result`, unless null, gets what its function returned.
  JoinResult Join(runtime::Task& task, pthread_t handle, Timeout timeout, void** result,
                  std::uintptr_t site);
  JoinResult TryJoin(runtime::Task& task, pthread_t handle, void** result, std::uintptr_t site);

  // kOk, kUnknown, kDetached.
  JoinResult Detach(runtime::Task& task, pthread_t handle, std::uintptr_t site);

  // Ends the calling thread. REQUIRES: it was started by Start().
  [[noreturn]] void Exit(runtime::Task& task, void* result);

  // What the thread is called in traces and reports. REQUIRES: `handle` is known, or the caller's.
  void SetName(runtime::Task& task, pthread_t handle, std::string_view name);

  // Forgets them all.
  void Clear() {
    threads_.clear();
    by_handle_.clear();
  }

  // Whether the handle is of a thread of this schedule, ended ones included.
  bool Knows(pthread_t handle) const { return by_handle_.contains(handle); }

 private:
  struct Thread {
    runtime::Task* task = nullptr;
    Function function;
    void* argument;
    void* result = nullptr;
    bool joinable;
  };

  static void Run(void* thread);
  Thread* Find(pthread_t handle);
  JoinResult Collect(Thread& thread, void** result);

  std::deque<Thread> threads_;
  absl::flat_hash_map<pthread_t, Thread*> by_handle_;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_THREADS_H_
