// What the lock-order recorder knows of one primitive; embedded in it.
//
// Included by the public headers of the primitives, hence nothing but the standard library here,
// and every function that touches the state is out of line: code inlined into the program under
// test would be instrumented with it.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_LOCK_IDENTITY_H_
#define SELVAGE_HARNESS_LOCKGRAPH_LOCK_IDENTITY_H_

#include <atomic>
#include <cstdint>

#include "selvage/harness/source_location.h"

namespace selvage::lockgraph {

class Recorder;
class ThreadContext;
struct ClockRecord;
struct LockRecord;

// How a lock is asked for or held. Values are written into reports: append, never renumber. So for
// the other enums here.
enum class Mode : std::uint8_t { kExclusive = 0, kShared = 1 };

enum class RequestKind : std::uint8_t {
  kBlocking = 0,
  kTry = 1,        // never blocks: holds what it gets, but waits for nothing
  kTimed = 2,      // gives up at a deadline
  kReacquire = 3,  // a condition wait takes its lock back; blocks
};

enum class ObjectKind : std::uint8_t {
  kLock = 0,
  kReadWriteLock = 1,
  kSemaphore = 2,
  kCondition = 3,
  kEvent = 4,
  kQueue = 5,
  kFuture = 6,
  kBarrier = 7,
  kThread = 8,  // the end of a thread, waited for by join
  kOnce = 9,    // call_once or a function-local static
};
inline constexpr int kObjectKindCount = 10;

// Whether it is waited for until somebody signals it, rather than until its holder releases it. A
// semaphore is a lock until it is seen released by a thread that does not hold a permit.
constexpr bool IsSignal(ObjectKind kind) {
  return kind == ObjectKind::kCondition || kind == ObjectKind::kEvent ||
         kind == ObjectKind::kQueue || kind == ObjectKind::kFuture ||
         kind == ObjectKind::kBarrier || kind == ObjectKind::kThread;
}

struct Properties {
  ObjectKind kind = ObjectKind::kLock;
  // Its holder may take it again; for a read-write lock: may read again although a writer waits.
  bool recursive = false;
  // A reader gets in although a writer waits. False where readers queue behind writers.
  bool reader_preference = false;
  // How many may hold it exclusively at once: 1, or what a semaphore starts with.
  std::uint32_t permits = 1;
};

// What the sender of a signal had done before: to be kept with what was sent, such as an item of a
// queue, for its receiver. A default one orders nothing; so does one of another recorder or run.
// Valid as long as its recorder.
struct Sent {
  const Recorder* recorder = nullptr;
  std::uint32_t run = 0;
  ClockRecord* clock = nullptr;
};

// Tells one lock from every other, also from one that lived at the same address before. Destroying
// it needs no recorder. Thread-safe, as far as the primitive around it is alive.
class LockIdentity {
 public:
  // `type` is a literal ("Lock"). `name` may be null; it and `made_at.file` must live for ever.
  // An empty name is none. What tells the lock from others in reports: declaration.h. It counts as
  // created by the calling thread.
  LockIdentity(const char* type, const char* name, SourceLocation made_at,
               Properties properties = {});
  // One whose making nobody saw: it has to be met (ThreadContext::OnMet).
  struct Unseen {};
  LockIdentity(const char* type, Properties properties, Unseen);
  LockIdentity(const LockIdentity&) = delete;
  LockIdentity& operator=(const LockIdentity&) = delete;

  // To be called when the primitive is destroyed, if convenient: lets the recorder forget a lock
  // that took part in nothing.
  void OnDestroyed() const;

  const char* type() const { return type_; }
  const char* name() const { return name_; }
  SourceLocation made_at() const { return made_at_; }
  const Properties& properties() const { return properties_; }

 private:
  friend class Recorder;
  friend class ThreadContext;

  const char* type_;
  const char* name_;
  SourceLocation made_at_;
  Properties properties_;
  // Holding it takes more than a push: it may be held twice, or be signalled.
  const bool irregular_;
  // Written by the recorder whose records the lock was last found in: `record_` before `id_`. An id
  // is never used twice.
  mutable std::atomic<std::uint64_t> id_{0};
  mutable std::atomic<LockRecord*> record_{nullptr};
  // The creating thread's stamp at creation: while they agree, that thread has published nothing
  // since (see ThreadContext).
  mutable std::atomic<std::uint64_t> birth_{0};
  // The same in every recorder; 0 until one asks.
  mutable std::atomic<std::uint64_t> serial_{0};
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_LOCK_IDENTITY_H_
