// What the scenarios are played with: the primitives, or, with SELVAGE_FRONT_IS_STD, what the C and
// C++ libraries have for them. The names are the primitives'.
#ifndef SELVAGE_TESTS_HARNESS_LOCKGRAPH_FRONT_H_
#define SELVAGE_TESTS_HARNESS_LOCKGRAPH_FRONT_H_

#include <gmock/gmock.h>

#include <string>
#include <string_view>

#ifndef SELVAGE_FRONT_IS_STD

#include "selvage/primitives/barrier.h"
#include "selvage/primitives/bounded_semaphore.h"
#include "selvage/primitives/condition.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/once.h"
#include "selvage/primitives/rlock.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/primitives/thread.h"

namespace selvage::tests {

// Whether the recorder sees where a Lock is made, and so knows it again in another recording.
inline constexpr bool kMakingIsSeen = true;
// Whether it sees that a condition was to be waited for whose predicate held already.
inline constexpr bool kSkippedWaitIsSeen = true;
// Whether an ordinary thread that waits for itself does so for ever. Such ends: endings_test.cc.
inline constexpr bool kSelfDeadlockHangs = false;

// "VERDICT: a reason that names locks".
inline testing::Matcher<const std::string&> Says(std::string_view text) {
  return testing::Eq(std::string(text));
}
inline testing::Matcher<const std::string&> BeginsWith(std::string_view text) {
  return testing::StartsWith(std::string(text));
}

}  // namespace selvage::tests

#else

#include <pthread.h>
#include <semaphore.h>

#include <functional>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace selvage::tests {

inline constexpr bool kMakingIsSeen = false;
inline constexpr bool kSkippedWaitIsSeen = false;
inline constexpr bool kSelfDeadlockHangs = true;

// Nothing is known of a lock's name here.
inline testing::Matcher<const std::string&> Says(std::string_view text) {
  return testing::StartsWith(std::string(text.substr(0, text.find(':') + 1)));
}
inline testing::Matcher<const std::string&> BeginsWith(std::string_view text) { return Says(text); }

struct Lock : std::timed_mutex {
  explicit Lock(const char* = "") {}
};

struct RLock : std::recursive_timed_mutex {
  explicit RLock(const char* = "") {}
};

enum class SharedLockPolicy { kWritersFirst, kReadersFirst };

// std::shared_mutex, and with a choice of who goes first.
class SharedLock {
 public:
  explicit SharedLock(const char* = "", SharedLockPolicy policy = SharedLockPolicy::kWritersFirst) {
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, policy == SharedLockPolicy::kReadersFirst
                                                   ? PTHREAD_RWLOCK_PREFER_READER_NP
                                                   : PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&lock_, &attributes);
    pthread_rwlockattr_destroy(&attributes);
  }
  ~SharedLock() { pthread_rwlock_destroy(&lock_); }
  SharedLock(const SharedLock&) = delete;
  SharedLock& operator=(const SharedLock&) = delete;

  void lock() { pthread_rwlock_wrlock(&lock_); }
  bool try_lock() { return pthread_rwlock_trywrlock(&lock_) == 0; }
  void unlock() { pthread_rwlock_unlock(&lock_); }
  void lock_shared() { pthread_rwlock_rdlock(&lock_); }
  bool try_lock_shared() { return pthread_rwlock_tryrdlock(&lock_) == 0; }
  void unlock_shared() { pthread_rwlock_unlock(&lock_); }

 private:
  pthread_rwlock_t lock_;
};

// Joins as the primitive does.
class Thread {
 public:
  template <typename Function>
  Thread(const char*, Function function) : thread_(std::move(function)) {}
  Thread(Thread&&) = default;
  ~Thread() {
    if (thread_.joinable()) thread_.join();
  }
  void join() { thread_.join(); }

 private:
  std::thread thread_;
};
using ThreadAttributes = const char*;

class Condition {
 public:
  explicit Condition(const char* = "") {}
  ~Condition() { pthread_cond_destroy(&condition_); }
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  void wait(Lock& lock) { pthread_cond_wait(&condition_, lock.native_handle()); }
  template <typename Predicate>
  void wait(Lock& lock, Predicate done) {
    while (!done()) wait(lock);
  }
  template <typename Predicate>
  void wait(std::unique_lock<Lock>& guard, Predicate done) {
    wait(*guard.mutex(), done);
  }
  void notify_one() { pthread_cond_signal(&condition_); }
  void notify_all() { pthread_cond_broadcast(&condition_); }

 private:
  pthread_cond_t condition_ = PTHREAD_COND_INITIALIZER;
};

class Semaphore {
 public:
  explicit Semaphore(unsigned permits, const char* = "") { sem_init(&semaphore_, 0, permits); }
  ~Semaphore() { sem_destroy(&semaphore_); }
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  void acquire() { sem_wait(&semaphore_); }
  void release() { sem_post(&semaphore_); }
  void lock() { acquire(); }
  void unlock() { release(); }

 private:
  sem_t semaphore_;
};
using BoundedSemaphore = Semaphore;

class Barrier {
 public:
  explicit Barrier(unsigned parties, const char* = "") {
    pthread_barrier_init(&barrier_, nullptr, parties);
  }
  ~Barrier() { pthread_barrier_destroy(&barrier_); }
  Barrier(const Barrier&) = delete;
  Barrier& operator=(const Barrier&) = delete;

  void wait() { pthread_barrier_wait(&barrier_); }

 private:
  pthread_barrier_t barrier_;
};

struct OnceFlag : std::once_flag {
  explicit OnceFlag(const char* = "") {}
};
using std::call_once;

}  // namespace selvage::tests

#endif

#endif  // SELVAGE_TESTS_HARNESS_LOCKGRAPH_FRONT_H_
