// The pthread objects that ordinary threads use while they are recorded.
//
// What several processes share is not recorded: others may hold it or wake those who wait for it.
// Nor are robust mutexes, which their holders need not give back.
//
// A mutex or a read-write lock is known by a stamp, as in a schedule (world.h), or else by its
// address and what a schedule has left there; all others by their address until they are
// destroyed. What has been there stays known until something else is found in its place.
#ifndef SELVAGE_HARNESS_INTERPOSE_NATIVE_OBJECTS_H_
#define SELVAGE_HARNESS_INTERPOSE_NATIVE_OBJECTS_H_

#include <errno.h>
#include <pthread.h>

#include <cstdint>

#include "selvage/harness/interpose/recorded.h"

namespace selvage::interpose {

// Whether any thread may be recorded.
inline bool AnyIsRecorded() {
  return lockgraph::current_context != nullptr ||
         lockgraph::process_recording.load(std::memory_order_relaxed);
}

// Where an operation of the calling thread, called from `caller`, is recorded; null: it is not, as
// in a task and in foreign code. Thread-safe, as all that follows.
lockgraph::ThreadContext* ContextOfOrdinary(std::uintptr_t caller);

RecordedOperation FindNative(pthread_mutex_t* mutex, std::uintptr_t caller);
RecordedOperation FindNative(pthread_rwlock_t* lock, std::uintptr_t caller);
RecordedOperation FindNative(const volatile void* address, const ObjectType& type,
                             std::uintptr_t caller);
RecordedOnce FindNativeOnce(const void* flag, const char* type, std::uintptr_t caller);

// An operation of the calling ordinary thread; false if it is not recorded.
template <typename... Object>
RecordedOperation RecordedNatively(std::uintptr_t caller, Object... object) {
  if (!AnyIsRecorded()) [[likely]]
    return {};
  return FindNative(object..., caller);
}

// The calling thread has made an object, or is about to destroy it.
void NoteMadeNatively(pthread_mutex_t* mutex, std::uintptr_t caller);
void NoteMadeNatively(pthread_rwlock_t* lock, std::uintptr_t caller);
void NoteMadeNatively(const volatile void* address, const ObjectType& type, std::uintptr_t caller);
void NoteDestroyedNatively(const volatile void* address);

// While one lives, the calling thread sleeps without a deadline until it has the object. Over, too,
// if the thread is cancelled.
class Contention {
 public:
  Contention(const RecordedOperation& operation, Mode mode) : operation_(operation) {
    operation.Contended(mode);
  }
  ~Contention() { operation_.ContentionOver(); }
  Contention(const Contention&) = delete;
  Contention& operator=(const Contention&) = delete;

 private:
  const RecordedOperation& operation_;
};

// Whose wait for itself is for ever.
enum class Relock : std::uint8_t { kReturns, kHangs };

// An acquisition by `try_acquire()`, or, if that gives EBUSY, `wait()`. Both return error numbers.
template <typename Try, typename Wait>
int AcquireRecorded(const RecordedOperation& operation, Mode mode, Relock relock, Try try_acquire,
                    Wait wait) {
  const bool own = relock == Relock::kHangs && operation.IsHeld();
  operation.Request(mode, RequestKind::kBlocking);
  int error = try_acquire();
  if (error == EBUSY) {
    if (own) operation.context()->OnWaitForItself();
    const Contention contention(operation, mode);
    error = wait();
  }
  if (error == 0 || error == EOWNERDEAD) operation.Acquired(mode);
  return error;
}

template <typename Wait>
int AcquireUntilRecorded(const RecordedOperation& operation, Mode mode, Wait wait) {
  operation.Request(mode, RequestKind::kTimed);
  const int error = wait();
  if (error == 0 || error == EOWNERDEAD) operation.Acquired(mode);
  return error;
}

template <typename Try>
int TryAcquireRecorded(const RecordedOperation& operation, Mode mode, Try try_acquire) {
  const int error = try_acquire();
  if (error == 0 || error == EOWNERDEAD) operation.Tried(mode);
  return error;
}

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_NATIVE_OBJECTS_H_
