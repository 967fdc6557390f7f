// Bodies whose tasks lock mutexes of the standard library, compiled as users compile their code.
#ifndef SELVAGE_TESTS_HARNESS_INTERPOSE_UNCONTROLLED_MUTEX_BODIES_H_
#define SELVAGE_TESTS_HARNESS_INTERPOSE_UNCONTROLLED_MUTEX_BODIES_H_

namespace selvage {

// Two tasks that increment a plain counter under a std::mutex, taken with lock(), try_lock() or
// try_lock_for(). Expects that none is lost.
void IncrementUnderLock();
void IncrementUnderTryLock();
void IncrementUnderTimedLock();

// The counter is read under the mutex and written under it again, but not in between.
void IncrementInTwoSections();

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_INTERPOSE_UNCONTROLLED_MUTEX_BODIES_H_
