// Ordinary threads that deadlock on what they do not take from this library: a report instead of a
// hang.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

#include "selvage/tests/harness/lockgraph/front.h"
#include "selvage/tests/harness/lockgraph/reported_deadlock.h"

namespace selvage::tests {
namespace {

class StdDeadlocks : public ReportedDeadlock {};

constexpr char kTwo[] = "two threads wait for each other";

void OfMutexes() {
  std::mutex a, b;
  TakeInOppositeOrders(a, b);
}
TEST_F(StdDeadlocks, OfTwoMutexes_IsReported) { ExpectReported(&OfMutexes, kTwo); }

void OfSharedMutexes() {
  std::shared_mutex a, b;
  TakeInOppositeOrders(a, b);
}
TEST_F(StdDeadlocks, OfTwoSharedMutexes_IsReported) { ExpectReported(&OfSharedMutexes, kTwo); }

struct SpinLock {
  SpinLock() { pthread_spin_init(&lock_, PTHREAD_PROCESS_PRIVATE); }
  void lock() { pthread_spin_lock(&lock_); }
  void unlock() { pthread_spin_unlock(&lock_); }
  pthread_spinlock_t lock_;
};

void OfASpinLockAndAMutex() {
  SpinLock a;
  std::recursive_mutex b;
  TakeInOppositeOrders(a, b);
}
TEST_F(StdDeadlocks, OfASpinLockAndARecursiveMutex_IsReported) {
  ExpectReported(&OfASpinLockAndAMutex, kTwo);
}

void OfAThreadAndItsJoiner() {
  std::mutex a;
  a.lock();
  std::thread([&] { a.lock(); }).join();
}
TEST_F(StdDeadlocks, OfAThreadAndItsJoiner_IsReported) {
  ExpectReported(&OfAThreadAndItsJoiner, kTwo);
}

void OfAMutexTakenTwice() {
  static std::mutex accounts;
  accounts.lock();
  accounts.lock();
}
TEST_F(StdDeadlocks, OfAMutexTakenTwice_IsReported) {
  ExpectReported(&OfAMutexTakenTwice, "main \\(thread 0\\) asks for .*accounts, which it holds");
}

void OfAConditionThatNobodySignals() {
  std::mutex m;
  std::condition_variable changed;
  std::thread([&] {
    std::unique_lock guard(m);
    changed.wait(guard);
  }).join();
}
TEST_F(StdDeadlocks, OfAConditionThatNobodySignals_IsReported) {
  ExpectReported(&OfAConditionThatNobodySignals, "");
}

// A holder of a recursive mutex asks again, one that checks errors is told so, and a waiter with a
// deadline goes on: none of them ends the program.
TEST_F(StdDeadlocks, OfNoneIsSaidWhereSomebodyGoesOn) {
  EXPECT_EXIT(
      {
        RecordThisProcess();
        std::recursive_mutex recursive;
        recursive.lock();
        recursive.lock();
        pthread_mutexattr_t attributes;
        pthread_mutexattr_init(&attributes);
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
        pthread_mutex_t checking;
        pthread_mutex_init(&checking, &attributes);
        pthread_mutex_lock(&checking);
        const bool told = pthread_mutex_lock(&checking) == EDEADLK;
        std::timed_mutex timed;
        timed.lock();
        const bool timed_out = !timed.try_lock_for(std::chrono::milliseconds(1));
        std::exit(told && timed_out ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace selvage::tests
