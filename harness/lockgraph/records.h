// What the recorder writes down while the program runs: plain records in arenas, linked by
// pointers, addresses not yet resolved.
//
// snapshot.cc turns them into a RecordedGraph. Every record lives as long as its recorder.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_RECORDS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_RECORDS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/lockgraph/permits.h"
#include "selvage/harness/lockgraph/publication.h"
#include "selvage/harness/lockgraph/storage.h"
#include "selvage/harness/runtime/spin_lock.h"

namespace selvage::lockgraph {

struct ThreadRecord;
struct StackRecord;

// Where locks come from: those of one type and name that one chain of calls has made. What class
// that makes them, the snapshot says (declaration.h).
struct OriginRecord {
  std::uint64_t hash;  // of the addresses of all that tells origins apart
  // Copies: the library that they are from may be closed, and another one loaded in its place.
  const char* type;
  const char* name;  // or null
  SourceLocation made_at;
  StackRecord* stack;  // null: made by a thread that was not recorded
  Properties properties;
  std::uint32_t index;         // of the canonical record
  OriginRecord* canonical;     // of equal text: itself, unless the same literal exists twice
  OriginRecord* next_of_text;  // among the canonical ones whose text has the same hash
  std::uint32_t outside;       // locks made by threads that were not recorded
  // Of locks whose making nobody saw: the variable that they lie in, or how they were first used.
  std::uintptr_t variable;                // address; 0: none with static storage
  struct CreatedRecord* in_the_variable;  // one after the other
  bool first_used;                        // `stack` is of their first use
};

// Finds the canonical origins of one text.
struct OriginText {
  std::uint64_t hash;
  OriginRecord* first;
};

// LockRecord::owner, for ever: the thread has ended without giving it back.
inline constexpr std::uint32_t kOwnerHasEnded = ~0u;

// One lock. Reused for another one, with another id, once it is destroyed and nothing points to it;
// or if nobody but its maker has known it, for the next one that this thread makes there.
struct LockRecord {
  // The owner's tag (ThreadContext::tag), 0 if none or unknown. Exclusive holders of ordinary
  // threads only.
  std::atomic<std::uint32_t> owner;
  // Released by a thread that did not hold it: a semaphore used as a signal.
  std::atomic<bool> signalled;
  // Part of a dependency or a signal: never reused.
  std::atomic<bool> pinned;
  std::uint64_t id;
  OriginRecord* origin;
  ThreadRecord* creator;  // null: made by a thread that was not recorded
  std::uint32_t ordinal;  // among those of the same origin and creator
  std::uint32_t age;      // among all that the creator made in the run; where none did, ordinal
  std::uint32_t permits;
  ThreadRecord* thread;       // whose end it is, for ObjectKind::kThread
  ThreadRecord* ended_owner;  // for kOwnerHasEnded
  LockRecord* next_free;
  Publication publication;
  // Known by its first use, which another run may give to another lock (first_use.cc); and the run
  // in which it was last bound.
  bool first_used;
  std::uint32_t bound_run;

  // Folding (folding.cc).
  std::atomic<bool> disclosed;  // a thread that did not make it depended on it
  std::atomic<bool> kept;       // something else than dependencies tells of it
  std::uint32_t lives;          // how many locks it stands for, one after the other
  std::uint32_t last_ordinal;   // of the present one; `ordinal` is the first one's
  std::uint64_t first_id;       // of the first one
  std::uint64_t born_at;        // the creator's position when it made the present one

  // As a signal, in the current run: what its signallers had done, and the last signal that woke
  // nobody.
  std::uint32_t run;
  struct ClockRecord* clock;
  PermitRecord permit_history;  // of a semaphore
  std::uint32_t lost;
  ThreadRecord* lost_by;
  std::uintptr_t lost_site;
};

// Whether its holder must give it back itself, and before it ends.
inline bool BelongsToItsHolder(const LockRecord& record) {
  const ObjectKind kind = record.origin->properties.kind;
  return kind == ObjectKind::kLock || kind == ObjectKind::kReadWriteLock;
}

// Found by the identity's serial number: a lock that the recorder met before, among other
// recorders' locks.
struct SerialRecord {
  std::uint64_t hash;  // Spread(serial); the map is one to one
  LockRecord* lock;
};

struct StackRecord {
  std::uint64_t hash;
  std::uint32_t index;
  std::uint32_t size;
  // Return addresses, innermost first.
  std::uintptr_t* pcs() { return reinterpret_cast<std::uintptr_t*>(this + 1); }
};

inline constexpr int kStackFrames = 48;

// A stack that a thread has captured before in the function whose frame is at `frame`, and how far
// from there the return addresses lay: while they still do, it is the same stack.
struct KnownStack {
  std::uintptr_t frame = 0;
  StackRecord* stack = nullptr;
  std::uint32_t offsets[kStackFrames] = {};
};

// A position in a thread's life: how many forks and joins it has made, and since then how many
// signals after something worth ordering. Comparable as a number.
constexpr std::uint64_t Position(std::uint32_t strong, std::uint32_t observed) {
  return std::uint64_t{strong} << 32 | observed;
}

// An interned vector clock: up to which position of other threads one has heard of them through
// signals. Null is the empty one.
struct ClockRecord {
  struct Entry {
    std::uint32_t thread;
    std::uint64_t position;
  };
  std::uint64_t hash;
  std::uint32_t index;
  std::uint32_t size;
  Entry* entries() { return reinterpret_cast<Entry*>(this + 1); }  // by thread
};

// A lock as held. `stamp` tells one holding from the next.
struct Hold {
  std::uint64_t lock;
  LockRecord* record;
  std::uintptr_t site;
  std::uint64_t mix;
  std::uint64_t stamp;
  std::uint32_t count;
  Mode mode;
  bool fresh;  // acquired before the thread that made it could have shown it to another
  bool tried;  // acquired without waiting
};

// Where in its thread's life, and after which signals, a dependency was met.
struct MomentRecord {
  std::uint32_t strong;
  std::uint32_t observed;
  ClockRecord* clock;
};

// "Holding these, it asks for that."
struct DependencyRecord {
  // Which of the locks that a record stands for.
  struct Life {
    std::uint64_t id;  // the last one
    bool earlier;      // another one before it, too
  };
  struct HeldLock {
    LockRecord* record;
    std::uintptr_t site;
    Life life;
    Mode mode;
    bool fresh;
  };
  std::uint64_t hash;  // of all that follows but the counters and lives
  LockRecord* target;
  Life target_life;
  std::uintptr_t site;
  StackRecord* stack;
  std::uint64_t count;
  std::uint64_t earlier_count;  // of it, what came before the last change of a life
  Mode mode;
  RequestKind kind;
  bool fresh;
  std::uint32_t held_count;
  std::uint32_t moment_count;
  std::uint32_t moment_capacity;
  std::uint32_t moments_dropped;
  MomentRecord* moments;
  std::uint64_t runs;  // as RunBit() has them: those in which it was met
  HeldLock* held() { return reinterpret_cast<HeldLock*>(this + 1); }
};

// "It has asked for that", with whatever held. If there are too many moments, later ones under one
// strong position become one, as late as the last and knowing as little as the first of them: by it
// nothing is ordered that is not by all. Of strong positions the first and the last are kept.
struct TouchRecord {
  static constexpr std::uint32_t kMoments = 8;
  std::uint64_t hash;
  LockRecord* record;
  std::uint64_t id;  // stale once it differs from record->id
  std::uint32_t at;  // the thread's publications before it; the least one seen
  Mode mode;
  RequestKind kind;
  bool bare;  // at least once with nothing held
  std::uintptr_t site;
  StackRecord* stack;
  bool own_stack;  // captured for it, rather than for another lock asked for at that site
  std::uint32_t moment_count;
  MomentRecord moments[kMoments];
  std::uint64_t runs;  // as of DependencyRecord
  TouchRecord* next_free;
};

// "It signals that."
struct SignalRecord {
  std::uint64_t hash;
  LockRecord* record;
  std::uint32_t before;  // touches with a lower `at` came before the last signal
  std::uintptr_t site;
  StackRecord* stack;
  std::uint64_t count;
  std::uint64_t runs;  // as of DependencyRecord
};

// The stack of the first acquisition at a place in the code, for locks taken with nothing held.
struct SiteRecord {
  std::uint64_t hash;
  std::uintptr_t site;
  StackRecord* stack;
  std::uint32_t captures;
};

// A lock that another thread held around the whole of this one's life.
struct CoverRecord {
  LockRecord* record;
  ThreadRecord* holder;
  std::uint64_t stamp;
  Mode mode;
};

// The thread has come back from call_once, and knows that the function is done.
struct PassageRecord {
  std::uint64_t hash;
  LockRecord* once;
  std::uint32_t run;   // the last one in which it did
  std::uint32_t runs;  // how many there were
  std::uint32_t from;  // the strong position, the last one of all runs
};

// What a thread has made of one origin: how many, in the run and at most in any; and the locks
// themselves where runs are repeated.
struct CreatedRecord {
  std::uint64_t hash;  // Spread(origin->index); the map is one to one
  std::uint32_t run;
  std::uint32_t next;
  std::uint32_t most;
  Array<LockRecord*>* locks;
  LockRecord* retired;  // destroyed, and to be folded with those to come; linked by next_free
};

// A lock whose making nobody saw, as one thread came to it.
struct MetRecord {
  LockRecord* lock;
  std::uintptr_t site;  // of its first request there
};

// Those that one thread came to where runs are repeated, in order.
struct MetRecords {
  Array<MetRecord> records;
  std::uint32_t run = 0;   // the last run
  std::uint32_t next = 0;  // how many there were in that run
  bool all = false;        // a run that the thread has ended in has met them all
};

// What may be signalled is met only where there is something to wait for: by another way in each
// schedule. So locks and signals are told apart, by this index.
inline constexpr std::uint32_t kMetKinds = 2;
inline std::uint32_t MetKind(ObjectKind kind) { return IsSignal(kind) ? 1 : 0; }

// The first runs, of which it is known what was met in each: a bit for each.
inline constexpr std::uint32_t kRunsTold = 64;
constexpr std::uint64_t RunBit(std::uint32_t run) {
  return run - 1 < kRunsTold ? std::uint64_t{1} << (run - 1) : 0;
}

// One thread, by its place in the tree of spawns.
struct ThreadRecord {
  std::uint32_t index;
  ThreadRecord* parent;       // null for a root
  std::uint32_t child_index;  // among the parent's children, or among the roots
  const char* name;           // or null
  std::uintptr_t spawn_site;
  StackRecord* spawn_stack;
  bool is_main;

  // Fork and join, as far as they were the same in all runs.
  std::uint32_t forked_at;  // the parent's strong position: what it did up to there came before
  ThreadRecord* joiner;
  std::uint32_t joined_at;  // what the joiner does from there on comes after
  bool forked;
  bool join_varies;
  bool covers_known;
  std::uint32_t run;         // the run it was last seen in
  std::uint32_t runs;        // how many it was seen in
  std::uint32_t next_child;  // in that run
  std::uint32_t made;        // locks, in the run `made_run`
  std::uint32_t made_run;
  std::uint32_t joined_run;
  Array<CoverRecord>* fork_holds;  // what the parent held when it forked
  Array<CoverRecord>* covers;
  ClockRecord* initial_clock;
  ClockRecord* final_clock;
  LockRecord* end;  // the node that joiners wait for

  MetRecords* met;  // by MetKind()

  Array<ThreadRecord*>* children;
  RecordTable<CreatedRecord>* created;
  class ThreadContext* context;  // its context, while it lives or where it is kept
  pid_t kernel_thread;           // of an ordinary thread

  std::uint32_t touches_limit;  // size at which `touches` drops locks that are gone
  TouchRecord* free_touches;

  // Guards what follows; uncontended but for snapshots. Taken before the recorder's own lock.
  runtime::SpinLock lock;
  RecordTable<DependencyRecord>* dependencies;
  RecordTable<TouchRecord>* touches;
  RecordTable<SignalRecord>* signals;
  RecordTable<PassageRecord>* passages;
  RecordTable<SiteRecord>* sites;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_RECORDS_H_
