#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include <cstring>
#include <functional>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

void* Call(void* function) {
  (*static_cast<const std::function<void()>*>(function))();
  return nullptr;
}

void InTwoPthreads(std::function<void()> first, std::function<void()> second) {
  pthread_t one;
  pthread_t two;
  pthread_create(&one, nullptr, &Call, &first);
  pthread_create(&two, nullptr, &Call, &second);
  pthread_join(one, nullptr);
  pthread_join(two, nullptr);
}

class MutexOfType {
 public:
  explicit MutexOfType(int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type);
    pthread_mutex_init(&mutex_, &attributes);
    pthread_mutexattr_destroy(&attributes);
  }
  ~MutexOfType() { pthread_mutex_destroy(&mutex_); }
  MutexOfType(const MutexOfType&) = delete;
  MutexOfType& operator=(const MutexOfType&) = delete;

  pthread_mutex_t* get() { return &mutex_; }

 private:
  pthread_mutex_t mutex_;
};

void ErrorCheckingMutexSaysWhatIsWrong() {
  MutexOfType mutex(PTHREAD_MUTEX_ERRORCHECK);
  SELVAGE_EXPECT(pthread_mutex_unlock(mutex.get()) == EPERM);
  SELVAGE_EXPECT(pthread_mutex_lock(mutex.get()) == 0);
  SELVAGE_EXPECT(pthread_mutex_lock(mutex.get()) == EDEADLK);
  SELVAGE_EXPECT(pthread_mutex_trylock(mutex.get()) == EBUSY);
  SELVAGE_EXPECT(pthread_mutex_unlock(mutex.get()) == 0);
}

void RecursiveMutexIsHeldTillTheLastUnlock() {
  MutexOfType mutex(PTHREAD_MUTEX_RECURSIVE);
  int counter = 0;
  const auto increment = [&] {
    pthread_mutex_lock(mutex.get());
    pthread_mutex_lock(mutex.get());
    pthread_mutex_unlock(mutex.get());
    ++counter;
    pthread_mutex_unlock(mutex.get());
  };
  InTwoPthreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
}

pthread_mutex_t static_first = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t static_second = PTHREAD_MUTEX_INITIALIZER;

void StaticMutexesAreTakenInOppositeOrders() {
  InTwoPthreads(
      [] {
        pthread_mutex_lock(&static_first);
        pthread_mutex_lock(&static_second);
        pthread_mutex_unlock(&static_second);
        pthread_mutex_unlock(&static_first);
      },
      [] {
        pthread_mutex_lock(&static_second);
        pthread_mutex_lock(&static_first);
        pthread_mutex_unlock(&static_first);
        pthread_mutex_unlock(&static_second);
      });
}

void MutexIsDestroyedWhileHeld() {
  MutexOfType mutex(PTHREAD_MUTEX_NORMAL);
  pthread_mutex_lock(mutex.get());
}

void DestroyedMutexIsLocked() {
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, nullptr);
  pthread_mutex_destroy(&mutex);
  pthread_mutex_lock(&mutex);
}

void WaitWithoutTheMutex() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  pthread_cond_wait(&condition, &mutex);
}

// As of an object that holds it and is copied before it is used.
void CopiedMutexIsAnotherOne() {
  pthread_mutex_t original = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&original);
  pthread_mutex_unlock(&original);
  pthread_mutex_t copy;
  std::memcpy(&copy, &original, sizeof(copy));
  pthread_mutex_lock(&original);
  pthread_mutex_lock(&copy);
  pthread_mutex_unlock(&copy);
  pthread_mutex_unlock(&original);
}

void SemaphoreHandsOver() {
  sem_t full;
  sem_init(&full, 0, 0);
  int value = 0;
  InTwoPthreads(
      [&] {
        value = 7;
        sem_post(&full);
      },
      [&] {
        sem_wait(&full);
        SELVAGE_EXPECT(value == 7);
      });
  sem_destroy(&full);
}

void SemaphoreIsWaitedForTwice() {
  sem_t full;
  sem_init(&full, 0, 1);
  const auto take = [&] { sem_wait(&full); };
  InTwoPthreads(take, take);
  sem_destroy(&full);
}

void SemaphoreIsMadeAnew() {
  sem_t semaphore;
  for (unsigned permits = 0; permits < 3; ++permits) {
    sem_init(&semaphore, 0, permits);
    int seen = -1;
    sem_getvalue(&semaphore, &seen);
    SELVAGE_EXPECT(seen == static_cast<int>(permits));
    SELVAGE_EXPECT((sem_trywait(&semaphore) == 0) == (permits > 0));
    sem_destroy(&semaphore);
  }
}

void SpinLockGuardsACounter() {
  pthread_spinlock_t lock;
  pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
  int counter = 0;
  const auto increment = [&] {
    pthread_spin_lock(&lock);
    ++counter;
    pthread_spin_unlock(&lock);
  };
  InTwoPthreads(increment, increment);
  SELVAGE_EXPECT(counter == 2);
  pthread_spin_destroy(&lock);
}

void BarrierHasOneThatCameLast() {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 2);
  int serial[2] = {};
  const auto arrive = [&](int self) {
    serial[self] = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD ? 1 : 0;
  };
  InTwoPthreads([&] { arrive(0); }, [&] { arrive(1); });
  SELVAGE_EXPECT(serial[0] + serial[1] == 1);
  pthread_barrier_destroy(&barrier);
}

void BarrierWaitsForAThird() {
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, 3);
  const auto arrive = [&] { pthread_barrier_wait(&barrier); };
  InTwoPthreads(arrive, arrive);
  pthread_barrier_destroy(&barrier);
}

void WritersGoFirstWhereTheyAreToldTo() {
  pthread_rwlockattr_t attributes;
  pthread_rwlockattr_init(&attributes);
  pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
  pthread_rwlock_t lock;
  pthread_rwlock_init(&lock, &attributes);
  // A reader that reads again waits for a writer, which waits for it.
  InTwoPthreads(
      [&] {
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_unlock(&lock);
      },
      [&] {
        pthread_rwlock_wrlock(&lock);
        pthread_rwlock_unlock(&lock);
      });
  pthread_rwlock_destroy(&lock);
}

void ReadersReadAgainWhileAWriterWaits() {
  pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
  InTwoPthreads(
      [&] {
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_unlock(&lock);
      },
      [&] {
        pthread_rwlock_wrlock(&lock);
        SELVAGE_EXPECT(pthread_rwlock_wrlock(&lock) == EDEADLK);
        pthread_rwlock_unlock(&lock);
      });
  pthread_rwlock_destroy(&lock);
}

struct LeavesATrace {
  explicit LeavesATrace(int* where) : where_(where) {}
  ~LeavesATrace() { *where_ = 1; }
  int* where_;
};

void ThreadExitsFromWithin() {
  static int value;
  static int destroyed;
  destroyed = 0;
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        const LeavesATrace trace(&destroyed);
        pthread_exit(&value);
      },
      nullptr);
  void* result = nullptr;
  pthread_join(thread, &result);
  SELVAGE_EXPECT(result == &value);
  SELVAGE_EXPECT(destroyed == 1);
}

void KeysAreDestroyedBeforeTheJoin() {
  static int destroyed;
  destroyed = 0;
  pthread_key_t key;
  pthread_key_create(&key, [](void* value) { destroyed += *static_cast<int*>(value); });
  int values[2] = {1, 2};
  const auto set = [&](int self) {
    SELVAGE_EXPECT(pthread_getspecific(key) == nullptr);
    pthread_setspecific(key, &values[self]);
    SELVAGE_EXPECT(pthread_getspecific(key) == &values[self]);
  };
  pthread_t thread;
  std::function<void()> first = [&] { set(0); };
  pthread_create(&thread, nullptr, &Call, &first);
  pthread_join(thread, nullptr);
  SELVAGE_EXPECT(destroyed == 1);
  std::function<void()> second = [&] { set(1); };
  pthread_create(&thread, nullptr, &Call, &second);
  pthread_join(thread, nullptr);
  SELVAGE_EXPECT(destroyed == 3);
  pthread_key_delete(key);
}

void ThreadIsCancelled() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  pthread_cancel(thread);
  pthread_join(thread, nullptr);
}

void JoinsAreRefused() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  SELVAGE_EXPECT(pthread_join(pthread_self(), nullptr) == EDEADLK);
  SELVAGE_EXPECT(pthread_detach(thread) == 0);
  SELVAGE_EXPECT(pthread_detach(thread) == EINVAL);
  SELVAGE_EXPECT(pthread_join(thread, nullptr) == EINVAL);
}

void TimedJoinEndsWithTheTime() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void* argument) -> void* {
        auto* its_mutex = static_cast<pthread_mutex_t*>(argument);
        pthread_mutex_lock(its_mutex);
        pthread_mutex_unlock(its_mutex);
        return nullptr;
      },
      &mutex);
  timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 3600;
  SELVAGE_EXPECT(pthread_tryjoin_np(thread, nullptr) == EBUSY);
  SELVAGE_EXPECT(pthread_timedjoin_np(thread, nullptr, &until) == ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
  pthread_join(thread, nullptr);
}

}  // namespace

std::vector<Program> PosixPrograms() {
  return {
      {"ErrorCheckingMutexSaysWhatIsWrong", &ErrorCheckingMutexSaysWhatIsWrong},
      {"RecursiveMutexIsHeldTillTheLastUnlock", &RecursiveMutexIsHeldTillTheLastUnlock},
      {"StaticMutexesAreTakenInOppositeOrders", &StaticMutexesAreTakenInOppositeOrders,
       FindingKind::kDeadlock, "static_second"},
      {"MutexIsDestroyedWhileHeld", &MutexIsDestroyedWhileHeld, FindingKind::kMisuse,
       "destroyed while held"},
      {"DestroyedMutexIsLocked", &DestroyedMutexIsLocked, FindingKind::kMisuse,
       "used after its destruction"},
      {"WaitWithoutTheMutex", &WaitWithoutTheMutex, FindingKind::kMisuse,
       "waited for without holding the mutex"},
      {"CopiedMutexIsAnotherOne", &CopiedMutexIsAnotherOne},
      {"SemaphoreHandsOver", &SemaphoreHandsOver},
      {"SemaphoreIsWaitedForTwice", &SemaphoreIsWaitedForTwice, FindingKind::kDeadlock,
       "waits for a permit of semaphore"},
      {"SemaphoreIsMadeAnew", &SemaphoreIsMadeAnew},
      {"SpinLockGuardsACounter", &SpinLockGuardsACounter},
      {"BarrierHasOneThatCameLast", &BarrierHasOneThatCameLast},
      {"BarrierWaitsForAThird", &BarrierWaitsForAThird, FindingKind::kDeadlock, "barrier"},
      {"WritersGoFirstWhereTheyAreToldTo", &WritersGoFirstWhereTheyAreToldTo,
       FindingKind::kDeadlock, "read-write lock"},
      {"ReadersReadAgainWhileAWriterWaits", &ReadersReadAgainWhileAWriterWaits},
      {"ThreadExitsFromWithin", &ThreadExitsFromWithin},
      {"KeysAreDestroyedBeforeTheJoin", &KeysAreDestroyedBeforeTheJoin},
      {"ThreadIsCancelled", &ThreadIsCancelled, FindingKind::kUncontrolled,
       "a task cannot be cancelled"},
      {"JoinsAreRefused", &JoinsAreRefused},
      {"TimedJoinEndsWithTheTime", &TimedJoinEndsWithTheTime},
  };
}

}  // namespace selvage
