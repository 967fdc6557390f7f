// The files of functions that stand in front of the C library's.
#ifndef SELVAGE_HARNESS_INTERPOSE_FRONTS_H_
#define SELVAGE_HARNESS_INTERPOSE_FRONTS_H_

namespace selvage::interpose {

// Each does nothing. A call makes the linker take the functions of its file out of the library
// instead of the C library's.
void LinkAbslSynchronization();  // absl_synchronization.cc, if Abseil is a shared library
void LinkMutex();                // mutex.cc
void LinkCondition();            // condition.cc
void LinkFutex();                // futex.cc
void LinkOnce();                 // once.cc
void LinkReadWriteLock();        // read_write_lock.cc
void LinkSemaphore();            // semaphore.cc
void LinkSpinLockAndBarrier();   // spin_lock_barrier.cc
void LinkThread();               // thread.cc
void LinkThreadEnd();            // thread_end.cc
void LinkTime();                 // time.cc

// Does nothing, for all of them.
void LinkFronts();

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_FRONTS_H_
