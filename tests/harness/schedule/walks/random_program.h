// Small programs drawn at random, of a few tasks that do a few things to a few objects.
#ifndef SELVAGE_TESTS_HARNESS_SCHEDULE_WALKS_RANDOM_PROGRAM_H_
#define SELVAGE_TESTS_HARNESS_SCHEDULE_WALKS_RANDOM_PROGRAM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "selvage/tests/harness/schedule/walks/walk_all.h"

namespace selvage::schedule {

enum class Do : std::uint8_t {
  kLoad,
  kStore,
  kLock,
  kUnlock,
  kSection,  // with the lock held, a variable is read and written
  kNested,   // with the lock held, the other one is tried
  kTryLock,  // and unlock, if it succeeds
  kTryLockFor,
  kAcquire,
  kTryAcquire,
  kAcquireFor,
  kRelease,
  kWait,  // for the condition, with lock 0 held around it
  kWaitFor,
  kNotifyOne,
  kNotifyAll,
  kNotifyUnderLock,
  kSet,
  kClear,
  kAwaitEvent,
  kAwaitEventFor,
  kReadLock,  // and unlock
  kWriteLock,
  kPut,
  kGet,
  kGetFor,
  kSleep,
  kYield,
  kExpectZero,  // a finding if the variable is not 0
  kUpdate,      // of an atomic variable
  kAtomicLoad,
  kSpawn,  // a task that stores, and is joined at once
};

// What programs are made of.
enum class Flavour { kMemory, kLocks, kSemaphores, kConditions, kTimes, kAll };

struct Action {
  Do what;
  int which = 0;  // object, or microseconds of a timed wait
};

struct RandomProgram {
  std::vector<std::vector<Action>> tasks;
  bool has_daemon = false;  // the last task is one

  std::string Text() const;
};

RandomProgram DrawProgram(Flavour flavour, std::uint64_t seed);

// Refers to `program`.
Body BodyOf(const RandomProgram& program);

}  // namespace selvage::schedule

#endif  // SELVAGE_TESTS_HARNESS_SCHEDULE_WALKS_RANDOM_PROGRAM_H_
