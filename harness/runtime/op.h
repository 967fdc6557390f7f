// The currency of the harness: one operation of one task on one object.
//
// Strategies, the replay token, the trace, the lock graph and the reports all speak in `Op`s; there
// is no second event type.
#ifndef SELVAGE_HARNESS_RUNTIME_OP_H_
#define SELVAGE_HARNESS_RUNTIME_OP_H_

#include <cstdint>

namespace selvage::runtime {

// A task of the running schedule: its ordinal in order of creation, 0 for the body under test.
enum class TaskId : std::uint32_t {};

// An object of the running schedule. Primitives are numbered in order of first use, from 1; a
// memory location is its address. Only comparable between `Op`s whose kinds are both memory
// accesses or both not.
enum class ObjectId : std::uint64_t {};
inline constexpr ObjectId kNoObject{0};

// Scheduling points passed in the running schedule.
using Step = std::uint64_t;

// Values are written into replay tokens: append, never renumber.
enum class OpKind : std::uint8_t {
  kStart = 0,      // a task's first step
  kEnd = 1,        // a task's last step
  kSpawn = 2,      // start another task
  kJoin = 3,       // wait for another task's end
  kLock = 4,       // acquire exclusively, blocking
  kTryLock = 5,    // acquire exclusively, or not at all
  kUnlock = 6,     // release what was acquired exclusively
  kWait = 7,       // release a lock and wait for a notification
  kWake = 8,       // notified (or timed out): take the lock back
  kNotifyOne = 9,  // wake one waiter
  kNotifyAll = 10,
  kAcquire = 11,  // take a permit of a semaphore, blocking
  kTryAcquire = 12,
  kRelease = 13,  // give permits back
  kLoad = 14,     // read of plain memory
  kStore = 15,    // write of plain memory
  kSleep = 16,
  kYield = 17,
  kLockShared = 18,
  kTryLockShared = 19,
  kUnlockShared = 20,
  kSet = 21,     // set an event
  kClear = 22,   // clear an event
  kArrive = 23,  // arrive at a barrier
  kPut = 24,     // put into a queue
  kGet = 25,     // take from a queue
  kCancel = 26,
  kAtomicLoad = 27,
  kAtomicStore = 28,
  kAtomicUpdate = 29,  // read-modify-write
  kQuery = 30,         // ask a primitive for its state
  kComplete = 31,      // make a future ready
  // Of an atomic variable that is no primitive.
  kRawAtomicLoad = 32,
  kRawAtomicStore = 33,
  kRawAtomicUpdate = 34,
};
inline constexpr int kOpKindCount = 35;

// The operation as a verb for traces: "lock", "notify_one".
const char* OpKindName(OpKind kind);

// Of memory that is known by its address.
constexpr bool IsMemoryAccess(OpKind kind) {
  return kind == OpKind::kLoad || kind == OpKind::kStore || kind == OpKind::kRawAtomicLoad ||
         kind == OpKind::kRawAtomicStore || kind == OpKind::kRawAtomicUpdate;
}

// Whether the operation leaves its object as it was; two such operations never conflict.
constexpr bool IsReadOnly(OpKind kind) {
  return kind == OpKind::kLoad || kind == OpKind::kAtomicLoad || kind == OpKind::kRawAtomicLoad ||
         kind == OpKind::kQuery || kind == OpKind::kStart || kind == OpKind::kSleep ||
         kind == OpKind::kYield;
}

struct Op {
  OpKind kind = OpKind::kStart;
  TaskId task{0};
  ObjectId object = kNoObject;
  std::uintptr_t site = 0;  // return address of the call that asked for it, 0 if unknown
};

// True when the order of the two can matter: same object, at least one of them writes.
constexpr bool Conflict(const Op& a, const Op& b) {
  return a.object == b.object && a.object != kNoObject &&
         IsMemoryAccess(a.kind) == IsMemoryAccess(b.kind) &&
         !(IsReadOnly(a.kind) && IsReadOnly(b.kind));
}

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_OP_H_
