// A recorded run, or several merged: plain data, as it is written to JSON, merged, compared and
// analysed.
//
// Graphs, and all they are made of, have a total order, by content. Every reference is an index
// into one of the vectors of RecordedGraph. Nothing here is an address; two runs of the same
// program that did the same give equal graphs.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_GRAPH_H_
#define SELVAGE_HARNESS_LOCKGRAPH_GRAPH_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/lock_identity.h"

namespace selvage::lockgraph {

using ClassIndex = std::uint32_t;
using LockIndex = std::uint32_t;
using ThreadIndex = std::uint32_t;
using RunIndex = std::uint32_t;
using FrameIndex = std::uint32_t;
using StackIndex = std::uint32_t;
using MomentIndex = std::uint32_t;
using ClockIndex = std::uint32_t;
using DependencyIndex = std::uint32_t;
// "None", for any of them.
inline constexpr std::uint32_t kNone = ~0u;

// One function on a stack. What is not known is empty or 0.
struct SourceFrame {
  std::string function;
  std::string file;
  unsigned line = 0;

  friend auto operator<=>(const SourceFrame&, const SourceFrame&) = default;
};

// One execution of a program, or one exploration of its schedules.
struct Run {
  std::string name;
  // Of a process, what tells it from others: the path of its program, its number, and when it was
  // first recorded, as "2026-11-25T18:30:05Z".
  std::string program;
  std::uint64_t process = 0;
  std::string started;
  // How it ended: "exit", "signal 15 (Terminated)". Empty: not known.
  std::string ended;
  // When this was written, if the process was still running then: what came after is missing.
  std::string unfinished_since;
  // What was seen but not kept, because a budget was used up.
  std::uint64_t moments_dropped = 0;
  std::uint64_t clocks_dropped = 0;
  std::uint64_t dependencies_dropped = 0;
  std::uint64_t schedules = 1;

  friend auto operator<=>(const Run&, const Run&) = default;
};

// Locks of one type and name that are declared at one place: declaration.h says what that is.
struct LockClass {
  std::string type;
  std::string name;      // empty if none was given
  std::string scope;     // the class of a member, else the function that declares it
  std::string variable;  // what it is called there
  bool member = false;
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  // What the constructor was told, where that is something else: schedules know it by that.
  std::string made_file;
  unsigned made_line = 0;
  ObjectKind kind = ObjectKind::kLock;
  bool recursive = false;
  bool reader_preference = false;

  friend auto operator<=>(const LockClass&, const LockClass&) = default;
};

// How Lock::creator begins for a lock of which no run knows whether it is another run's.
inline constexpr char kFirstUsedBy[] = "first used by thread ";

struct Lock {
  ClassIndex lock_class = 0;
  // Spawn path of the thread that made it; "-" if that one was not recorded, or its making was not
  // seen. If it is known by its first use: kFirstUsedBy, who used it, and which recorder saw that.
  std::string creator;
  // The test whose schedules made it; empty for one of an ordinary thread.
  std::string test;
  // The chain of calls that made it, from the user's innermost function outwards.
  StackIndex made = kNone;
  // The variable that has the object whose member it is, if known.
  std::string object;
  bool IsKnownByFirstUse() const { return creator.starts_with(kFirstUsedBy); }
  // "first used by thread 0.1". REQUIRES: it is known by that.
  std::string FirstUser() const {
    return creator.substr(0, creator.find(' ', sizeof kFirstUsedBy));
  }
  // Which one, of how many that the creator has made of the class by that chain of calls.
  std::uint32_t ordinal = 0;
  std::uint32_t siblings = 1;
  // How many locks its creator had made before, at least.
  std::uint32_t age = 0;
  // How many may hold it exclusively.
  std::uint32_t permits = 1;
  // Released by threads that did not hold it: a signal, whatever its kind.
  bool signalled = false;
  // Whose end it stands for, when the kind is kThread.
  ThreadIndex thread = kNone;

  friend auto operator<=>(const Lock&, const Lock&) = default;
};

// Held by `holder`, who waited for the thread's end, around the whole of the thread's life.
struct Cover {
  LockIndex lock = 0;
  Mode mode = Mode::kExclusive;
  ThreadIndex holder = 0;

  friend auto operator<=>(const Cover&, const Cover&) = default;
};

// A call of call_once has returned: the function is done.
struct Passage {
  LockIndex once = 0;
  // What the thread did at strong positions from this one on came after.
  std::uint32_t from = 0;

  friend auto operator<=>(const Passage&, const Passage&) = default;
};

struct Thread {
  // Its place in the tree of spawns: "0" is the main thread, "0.1" its second child. Runs of one
  // program share a thread if all they know of it agrees; else there are several of one path.
  std::string path;
  std::string name;
  FrameIndex spawned_at = kNone;
  StackIndex spawn_stack = kNone;
  ThreadIndex parent = kNone;
  // What the parent did at strong positions up to this one came before.
  std::uint32_t forked_at = 0;
  ThreadIndex joiner = kNone;
  // What the joiner did at strong positions from this one on came after.
  std::uint32_t joined_at = 0;
  std::vector<Cover> covers;
  std::vector<Passage> passages;

  friend auto operator<=>(const Thread&, const Thread&) = default;
};

// Where in a thread's life something happened. Positions grow along the thread: first by forks and
// joins (strong), then by signals. `clock` says which signals of others it came after.
struct Moment {
  RunIndex run = 0;
  std::uint32_t strong = 0;
  std::uint32_t observed = 0;
  ClockIndex clock = kNone;

  friend auto operator<=>(const Moment&, const Moment&) = default;
};

// A vector clock over signals: what the threads had done up to these positions came before.
struct ClockEntry {
  ThreadIndex thread = 0;
  std::uint32_t strong = 0;
  std::uint32_t observed = 0;

  friend auto operator<=>(const ClockEntry&, const ClockEntry&) = default;
};
using Clock = std::vector<ClockEntry>;

// Frames, innermost first. Functions inlined into one another are frames of their own.
using Stack = std::vector<FrameIndex>;

struct HeldLock {
  LockIndex lock = 0;
  Mode mode = Mode::kExclusive;
  // Nobody but its creator could know it when it was acquired.
  bool fresh = false;
  FrameIndex site = kNone;
  StackIndex stack = kNone;  // of its acquisition, if known

  friend auto operator<=>(const HeldLock&, const HeldLock&) = default;
};

// "Holding these, the thread asks for that."
struct Dependency {
  ThreadIndex thread = 0;
  std::vector<HeldLock> held;
  LockIndex target = 0;
  Mode mode = Mode::kExclusive;
  RequestKind kind = RequestKind::kBlocking;
  bool fresh = false;  // of the target
  FrameIndex site = kNone;
  StackIndex stack = kNone;
  std::uint64_t count = 0;
  std::vector<Moment> moments;

  friend auto operator<=>(const Dependency&, const Dependency&) = default;
};

// "The thread has asked for that", with anything or nothing held. `at` orders it among the signals
// of its thread.
struct Touch {
  ThreadIndex thread = 0;
  LockIndex lock = 0;
  Mode mode = Mode::kExclusive;
  RequestKind kind = RequestKind::kBlocking;
  bool bare = false;
  std::uint32_t at = 0;
  FrameIndex site = kNone;
  StackIndex stack = kNone;
  std::vector<Moment> moments;

  friend auto operator<=>(const Touch&, const Touch&) = default;
};

// "The thread signals that", last after all its touches with `at` < `before`.
struct Signal {
  ThreadIndex thread = 0;
  LockIndex object = 0;
  std::uint32_t before = 0;
  FrameIndex site = kNone;
  StackIndex stack = kNone;
  std::uint64_t count = 0;

  friend auto operator<=>(const Signal&, const Signal&) = default;
};

enum class OccurrenceKind : std::uint8_t {
  kDeadlock = 0,       // threads in a circle, each waiting for the next
  kRelock = 1,         // a thread asks for what it holds and cannot have twice
  kUpgrade = 2,        // a reader asks for what it reads, to write
  kLostWakeup = 3,     // a thread waits for what was signalled before
  kAllWait = 4,        // every thread of the process waits, and none is left to wake another
  kOwnerEnded = 5,     // a thread waits for a lock whose holder has ended
  kEndedHolding = 6,   // a thread ended while it held a lock
  kDestroyedHeld = 7,  // a lock was destroyed while it was held
};
inline constexpr int kOccurrenceKindCount = 8;

// One thread of a deadlock that happened.
struct OccurrencePart {
  ThreadIndex thread = 0;
  LockIndex target = 0;
  Mode mode = Mode::kExclusive;
  FrameIndex site = kNone;
  StackIndex stack = kNone;
  std::vector<HeldLock> held;

  friend auto operator<=>(const OccurrencePart&, const OccurrencePart&) = default;
};

// What went wrong in the run. In a deadlock each part waits for what the next holds, the last for
// the first; where all wait, the parts are all threads. Of a lock that is left held, the one part
// is its holder, and the place where it was taken.
struct Occurrence {
  OccurrenceKind kind = OccurrenceKind::kDeadlock;
  std::vector<OccurrencePart> parts;
  RunIndex run = 0;
  // For a lost wakeup: who signalled too early, and where. For kOwnerEnded: who held it, and ended.
  ThreadIndex signaller = kNone;
  FrameIndex signal_site = kNone;

  friend auto operator<=>(const Occurrence&, const Occurrence&) = default;
};

// What schedules have made of a cycle: directed ones, and those that met it by themselves.
struct Confirmation {
  std::string fingerprint;
  std::string replay_token;     // of one that deadlocked; empty: none did
  std::uint64_t schedules = 0;  // how many directed ones there were
  std::string not_tried;        // why there were none, if so

  friend auto operator<=>(const Confirmation&, const Confirmation&) = default;
};

struct RecordedGraph {
  std::vector<Run> runs;
  std::vector<LockClass> classes;
  std::vector<Lock> locks;
  std::vector<Thread> threads;
  std::vector<SourceFrame> frames;
  std::vector<Stack> stacks;
  std::vector<Clock> clocks;
  std::vector<Dependency> dependencies;
  std::vector<Touch> touches;
  std::vector<Signal> signals;
  std::vector<Occurrence> occurrences;
  std::vector<Confirmation> confirmations;
  std::uint64_t locks_seen = 0;  // including those that took part in nothing

  friend auto operator<=>(const RecordedGraph&, const RecordedGraph&) = default;
};

// Sorts every vector by content and unites equal records: graphs of equal content become equal.
// Of a record with more than kMomentsKept moments each run keeps its share, one at least; the
// others are counted in Run::moments_dropped.
inline constexpr std::size_t kMomentsKept = 64;
void Canonicalise(RecordedGraph& graph);

// Empty if every index is in range and every vector well-formed; else what is wrong, and where.
std::string Invalid(const RecordedGraph& graph);

const char* ModeName(Mode mode);
const char* RequestKindName(RequestKind kind);
const char* ObjectKindName(ObjectKind kind);

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_GRAPH_H_
