// What one recorded thread does to locks: the recorder's fast path, and the hooks that primitives
// call.
//
// Order of calls, for each operation of a primitive:
//   lock: OnRequest, [OnContended, native wait, OnContentionOver,] native acquisition, OnAcquired
//   try_lock: native acquisition, OnTried if it succeeded
//   unlock: OnReleased, native release; in this order, since afterwards the lock may be another's
//   wait: OnWait (which lets go of the lock), native wait, OnWaitOver, OnReacquired
//   other waits (event, queue, future, barrier): OnAwait, native wait, OnSignalReceived
//   notify, set, put, ...: OnSignal, native operation
// A wait whose condition already holds is reported all the same: another run may find it otherwise.
//
// One identity for each thing waited for: a bounded queue has two, "not empty" and "not full".
//
// Not thread-safe: a context belongs to the thread, or task, that it describes. Nothing here keeps
// a pointer to an identity.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_THREAD_CONTEXT_H_
#define SELVAGE_HARNESS_LOCKGRAPH_THREAD_CONTEXT_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/lockgraph/records.h"

namespace selvage::lockgraph {

// A child thread between its parent's OnFork and its own BeginThread; later what it is joined by. A
// default one stands for a thread forked while nothing was recorded. Copies are free. Valid as long
// as its recorder, within one run.
struct ForkToken {
  Recorder* recorder = nullptr;
  ThreadRecord* thread = nullptr;
};

enum class WaitPredicate : std::uint8_t {
  kUnknown,    // the primitive cannot tell whether the caller has looked
  kUnchecked,  // waits without having looked: a notification that came before is lost
  kChecked,
};

class ThreadContext {
 public:
  ThreadContext() = default;
  ThreadContext(const ThreadContext&) = delete;
  ThreadContext& operator=(const ThreadContext&) = delete;
  ~ThreadContext() { delete known_stacks_; }

  // About to use `lock`, whose making nobody saw: an object at `address`, such as a std::mutex. To
  // be called before anything else about it; where runs are repeated, once by each thread in each
  // run, and else until the recorder knows the lock.
  void OnMet(const LockIdentity& lock, const void* address, std::uintptr_t site);
  bool Knows(const LockIdentity& lock) const {
    return lock.id_.load(std::memory_order_relaxed) >> kSerialBits == recorder_number_;
  }

  // --- Locks and semaphores ---

  // To be called before it may block. `site`: return address into the code that asks.
  void OnRequest(const LockIdentity& lock, Mode mode, RequestKind kind, std::uintptr_t site) {
    if (kind == RequestKind::kTry) return;
    used_ = true;
    const std::uint64_t id = lock.id_.load(std::memory_order_acquire);
    if (depth_ == 0) {
      if (touched_[TouchSlot(id)] == TouchKey(id, mode, kind)) return;
    } else {
      const bool fresh = lock.birth_.load(std::memory_order_relaxed) == stamp_;
      const std::uint64_t key = CacheKey(id, mode, kind, fresh, site);
      CacheEntry& entry = cache_[CacheSlot(key)];
      if (entry.key == key) {
        // A plain increment, but one that a snapshot may look at.
        std::atomic_ref(entry.count).store(entry.count + 1, std::memory_order_relaxed);
        return;
      }
    }
    RequestSlow(lock, mode, kind, site);
  }

  // Inlined whatever its size: on the path of every recorded lock, a call is a tenth of it.
  __attribute__((always_inline)) void OnAcquired(const LockIdentity& lock, Mode mode,
                                                 std::uintptr_t site) {
    const std::uint64_t id = lock.id_.load(std::memory_order_acquire);
    if (lock.irregular_ | (id >> kSerialBits != recorder_number_) | (depth_ == capacity_)) {
      AcquireSlow(lock, mode, site);
      return;
    }
    Push(id, lock.record_.load(std::memory_order_relaxed), mode, site,
         lock.birth_.load(std::memory_order_relaxed) == stamp_);
  }

  // Acquired without waiting. A try makes no edge, since it never waits; but std::lock and
  // std::scoped_lock may: they wait for one of their locks and try the others, and where a try
  // fails they let go of all they got and wait for that lock, with what was held before the call.
  // So what was held before the last lock that was waited for is written down with every try, and
  // whether std::lock made it is looked up in the stack when a snapshot is taken.
  void OnTried(const LockIdentity& lock, Mode mode, std::uintptr_t site);

  // Locks may be released in any order. A permit that this thread does not hold makes the semaphore
  // a signal; a lock it does not hold is ignored.
  void OnReleased(const LockIdentity& lock, Mode mode, std::uintptr_t site = 0) {
    ++stamp_;
    if (depth_ != 0 && exceptions_ == 0) {
      const Hold& top = holds_[depth_ - 1];
      if (top.lock == lock.id_.load(std::memory_order_relaxed) && top.mode == mode &&
          top.count == 1) {
        if (mode == Mode::kExclusive) top.record->owner.store(0, std::memory_order_relaxed);
        context_hash_ -= top.mix;
        --depth_;
        return;
      }
    }
    ReleaseSlow(lock, mode, site);
  }

  bool Holds(const LockIdentity& lock) const {
    const std::uint64_t id = lock.id_.load(std::memory_order_relaxed);
    for (std::uint32_t i = depth_; i-- > 0;) {
      if (holds_[i].lock == id) return true;
    }
    return false;
  }
  // How it is held; kExclusive if it is not.
  Mode HeldMode(const LockIdentity& lock) const {
    const std::uint64_t id = lock.id_.load(std::memory_order_relaxed);
    for (std::uint32_t i = depth_; i-- > 0;) {
      if (holds_[i].lock == id) return holds_[i].mode;
    }
    return Mode::kExclusive;
  }

  // `permits` of a semaphore, those that this thread holds first.
  void OnPermitsReleased(const LockIdentity& semaphore, std::uint64_t permits, std::uintptr_t site);

  // Ordinary threads: about to sleep, without a deadline, until `lock` is free. If that closes a
  // circle of threads that all do, or if the thread that holds it has ended, the recorder's
  // deadlock handler is called, which does not return in a program run with SELVAGE_LOCK_ORDER. The
  // same for anything else that is waited for, of which only the waiting is known.
  void OnContended(const LockIdentity& lock, Mode mode, std::uintptr_t site);
  // The same for a join without a deadline. REQUIRES: `child` was forked in this recorder.
  void OnJoinContended(const ForkToken& child, std::uintptr_t site);
  void OnContentionOver();
  // About to wait for ever for what this thread has; it was requested, and noted then.
  void OnWaitForItself();

  // --- Signals ---

  // Gives `released` up and waits for `condition`. Returns how often it was held, for OnReacquired.
  std::uint32_t OnWait(const LockIdentity& condition, const LockIdentity& released,
                       RequestKind kind, std::uintptr_t site,
                       WaitPredicate predicate = WaitPredicate::kUnknown);
  enum class WakeReason : std::uint8_t { kSignalled, kTimeout, kSpurious };
  void OnWaitOver(const LockIdentity& condition, WakeReason reason);
  void OnReacquired(const LockIdentity& lock, std::uint32_t count, std::uintptr_t site);

  // Waits for an event, queue, future or barrier.
  void OnAwait(const LockIdentity& object, RequestKind kind, std::uintptr_t site);
  // The wait has ended, or needed not begin, because of signals sent before: any of those that the
  // object has not forgotten, or the one that is known.
  void OnSignalReceived(const LockIdentity& object);
  void OnSignalReceived(const Sent& signal);
  // `woken`: how many waiters it lets go on, or kUnknownWoken.
  static constexpr std::uint32_t kUnknownWoken = ~0u;
  Sent OnSignal(const LockIdentity& object, std::uintptr_t site,
                std::uint32_t woken = kUnknownWoken);
  // The last signal has turned out to let nobody go on.
  void OnSignalLost(const LockIdentity& object, std::uintptr_t site);
  // The signals sent up to now will end no wait.
  void OnSignalsForgotten(const LockIdentity& object);
  // Sends to whoever is given what this returns, but ends nobody's wait as a matter of course: what
  // another thread needs before it, it owes to nobody. `continued`: sent along with it.
  Sent OnSend(const Sent& continued = {});
  // Others may know from here on what this thread has made, but are not ordered after it.
  void OnPublication() {
    ++stamp_;
    if (exceptions_ != 0) EndFreshness();
  }

  // call_once returns: its function is done, by whomever.
  void OnPassed(const LockIdentity& once);

  // --- Threads ---

  // A child is about to be started. `name` may be null and must live for ever.
  ForkToken OnFork(const char* name, std::uintptr_t site);
  // About to wait for its end, with whatever is held.
  void OnJoinRequest(const ForkToken& child, RequestKind kind, std::uintptr_t site);
  // Its end has been waited for.
  void OnJoined(const ForkToken& child);

  Recorder& recorder() const { return *recorder_; }
  const ThreadRecord& record() const { return *record_; }
  // Distinct locks held at the moment.
  std::uint32_t depth() const { return depth_; }

  static constexpr int kSerialBits = 40;

 private:
  friend class Recorder;
  friend class Snapshotter;
  friend class StuckWatch;

  struct CacheEntry {
    std::uint64_t key;
    DependencyRecord* dependency;
    std::uint64_t count;  // hits not yet added to the dependency
  };
  // Of one semaphore.
  static constexpr int kMostPermitHolds = 16;
  static constexpr int kCacheBits = 9;
  static constexpr std::uint32_t kTouchSlots = 256;
  static constexpr std::uint32_t kTouchPositions = 256;

  static std::uint64_t Linear(std::uint64_t id, Mode mode, RequestKind kind, bool fresh,
                              std::uintptr_t site) {
    const auto bits = static_cast<std::uint64_t>(mode) | static_cast<std::uint64_t>(kind) << 1 |
                      static_cast<std::uint64_t>(fresh) << 3;
    return id * 0x9e3779b97f4a7c15u + site * 0xc2b2ae3d27d4eb4fu + bits * 0x165667b19e3779f9u;
  }
  // Sums of these stand for held sets; unlike a linear function, the sum tells {A at 1, B at 2}
  // from {A at 2, B at 1}.
  static std::uint64_t Mix(std::uint64_t id, Mode mode, bool fresh, std::uintptr_t site) {
    std::uint64_t x = Linear(id, mode, RequestKind::kBlocking, fresh, site);
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
  }
  // Of a request with what is held now, under the present segment.
  std::uint64_t CacheKey(std::uint64_t id, Mode mode, RequestKind kind, bool fresh,
                         std::uintptr_t site) const {
    return context_hash_ + segment_salt_ + Linear(id, mode, kind, fresh, site);
  }
  static std::uint32_t CacheSlot(std::uint64_t key) {
    return static_cast<std::uint32_t>(key * 0x9e3779b97f4a7c15u >> (64 - kCacheBits));
  }
  static std::uint32_t TouchSlot(std::uint64_t id) {
    return static_cast<std::uint32_t>(id) % kTouchSlots;
  }
  // Those that wait, however they come to it, are one kind of touch.
  static RequestKind TouchKind(RequestKind kind) {
    return kind == RequestKind::kReacquire ? RequestKind::kBlocking : kind;
  }
  static std::uint64_t TouchCode(std::uint64_t id, Mode mode, RequestKind kind) {
    return id << 3 | static_cast<std::uint64_t>(mode) << 2 |
           static_cast<std::uint64_t>(TouchKind(kind));
  }
  std::uint64_t TouchKey(std::uint64_t id, Mode mode, RequestKind kind) const {
    return TouchCode(id, mode, kind) ^ segment_salt_;
  }

  void Push(std::uint64_t id, LockRecord* record, Mode mode, std::uintptr_t site, bool fresh) {
    Hold& hold = holds_[depth_];
    hold.lock = id;
    hold.record = record;
    hold.site = site;
    hold.mix = Mix(id, mode, fresh, site);
    hold.stamp = stamp_;
    hold.count = 1;
    hold.mode = mode;
    hold.fresh = fresh;
    hold.tried = false;
    context_hash_ += hold.mix;
    exceptions_ += fresh;
    ++depth_;
    if (mode == Mode::kExclusive) record->owner.store(tag_, std::memory_order_relaxed);
  }

  // thread_context.cc
  void RequestSlow(const LockIdentity& lock, Mode mode, RequestKind kind, std::uintptr_t site);
  void AcquireSlow(const LockIdentity& lock, Mode mode, std::uintptr_t site);
  void ReleaseSlow(const LockIdentity& lock, Mode mode, std::uintptr_t site);
  bool GiveBack(const LockIdentity& lock, Mode mode);
  void NoteTry(const LockIdentity& lock, Mode mode, std::uintptr_t site);
  bool FindTriedGroup(std::uint32_t& outside) const;
  void Remove(std::uint32_t index);
  Hold* FindHold(const LockRecord& record);
  bool IsFurtherPermit(const LockRecord& record) const;
  void ForgetSignalHolds();
  void EndFreshness();
  void Publish(LockRecord& lock);
  bool HasSeenPublication(const LockRecord& lock) const;
  void NoteKnowledgeOf(LockRecord& lock);
  bool IsWatchedForPublication(const LockRecord& lock) const;
  bool IsMakerOf(const LockRecord& lock) const;
  void GrowHolds();

  // folding.cc
  void Disclose(LockRecord& target);
  void NoteLives(DependencyRecord& dependency, const LockRecord& target) const;
  static std::uint64_t HashOf(const DependencyRecord& dependency);

  // dependencies.cc
  void Touch(LockRecord& target, Mode mode, RequestKind kind, std::uintptr_t site);
  DependencyRecord* Depend(LockRecord& target, Mode mode, RequestKind kind, bool fresh,
                           std::uintptr_t site);
  DependencyRecord* NewDependency(LockRecord& target, Mode mode, RequestKind kind, bool fresh,
                                  std::uintptr_t site, std::uint64_t hash);
  void AddMoment(DependencyRecord& dependency);
  void AddMoment(TouchRecord& touch);
  void Stretch(MomentRecord& moment);
  void Remember(std::uint64_t key, DependencyRecord* dependency);
  void FlushCounts();
  StackRecord* StackOfSite(std::uintptr_t site, bool& own);

  // interning.cc
  StackRecord* CaptureCreation();
  void ForgetStacks();

  // context_events.cc
  Sent SignalSlow(LockRecord& object, std::uintptr_t site, std::uint32_t woken,
                  std::uint64_t permits = 1);
  void ReceivePermit(LockRecord& semaphore);
  void NoteSignal(LockRecord& object, std::uintptr_t site);
  ClockRecord* Send();
  void Hear(ClockRecord* clock);
  void ForgetLastRun(LockRecord& object);
  void DependOnSignal(LockRecord& object, RequestKind kind, std::uintptr_t site);
  void BeginSegment();
  void StepStrongly();

  // occurred.cc
  void Block(LockRecord& lock, Mode mode, std::uintptr_t site);

  Recorder* recorder_ = nullptr;
  ThreadRecord* record_ = nullptr;
  std::uint64_t recorder_number_ = 0;  // the high bits of the ids of its locks

  Hold* holds_ = nullptr;
  std::uint32_t depth_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint64_t context_hash_ = 0;  // the sum of the mixes of what is held
  std::uint64_t segment_salt_ = 0;
  // Unique among threads and their lives; steps whenever the thread publishes something: release,
  // signal, fork.
  std::uint64_t stamp_ = 0;
  std::uint64_t first_stamp_ = 0;
  std::uint32_t exceptions_ = 0;       // held locks that are fresh
  std::uint32_t tag_ = 0;              // 0 if deadlocks are someone else's business
  pid_t kernel_thread_ = 0;            // of ordinary threads
  bool used_ = false;                  // a request since the last signal
  bool new_moment_ = false;            // a dependency was met in a new moment since then
  bool new_touch_ = false;             // a touch was
  std::uint32_t touch_positions_ = 0;  // begun because of touches alone
  // When, as stamp_ says, it last asked for a recursive lock it held, and what was held then.
  std::uint64_t relocked_stamp_ = 0;
  std::uint32_t relocked_depth_ = 0;

  std::uint32_t strong_ = 0;
  std::uint32_t observed_ = 0;
  ClockRecord* clock_ = nullptr;

  // The condition waited for, and who had signalled it in vain before. For lost wakeups. While
  // `waiting_for_` is set the others keep their values, and so does what is held.
  std::atomic<LockRecord*> waiting_for_{nullptr};
  LockRecord* waiting_with_ = nullptr;  // the lock it gave up
  std::uintptr_t waiting_site_ = 0;
  bool lost_before_ = false;
  WaitPredicate waiting_predicate_ = WaitPredicate::kUnknown;
  StackRecord* waiting_stack_ = nullptr;

  // Published while blocked natively; `wait_count_` is odd then.
  std::atomic<std::uint32_t> wait_count_{0};
  std::atomic<LockRecord*> blocked_on_{nullptr};
  std::atomic<std::uintptr_t> blocked_site_{0};
  std::atomic<Mode> blocked_mode_{Mode::kExclusive};

  struct KnownStacks {
    static constexpr std::uint32_t kSets = 16;
    static constexpr std::uint32_t kWays = 4;
    KnownStack sets[kSets][kWays];
    std::uint32_t next = 0;
  };
  KnownStacks* known_stacks_ = nullptr;  // once the thread has made a lock

  ThreadContext* next_free_ = nullptr;
  std::uint64_t touched_[kTouchSlots] = {};
  CacheEntry cache_[1 << kCacheBits] = {};
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_THREAD_CONTEXT_H_
