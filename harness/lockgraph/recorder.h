// The recorder: who held what while asking for what.
//
// One Recorder watches the ordinary threads of the process (Recorder::Process); an exploration has
// its own, whose runs repeat the same program, so that a lock or thread of one schedule is found
// again in the next by its place: origin, creator, ordinal.
//
// Fast path (nothing held, or a dependency already known): the calling thread's memory only. All
// else is under locks that TSan does not see, and its allocations under an IgnoreScope.
//
// Thread-safe, but for BeginRun() and EndRun(), which no recorded thread may overlap.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_RECORDER_H_
#define SELVAGE_HARNESS_LOCKGRAPH_RECORDER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/lockgraph/records.h"
#include "selvage/harness/lockgraph/storage.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/report/symbolize.h"
#include "selvage/harness/runtime/spin_lock.h"

namespace selvage::lockgraph {

// The context of the calling thread; null if it is not recorded.
extern constinit thread_local ThreadContext* current_context
    __attribute__((tls_model("initial-exec")));
// Whether ordinary threads are recorded.
extern constinit std::atomic<bool> process_recording;
// Gives the calling thread its context; null if it has ended, or is inside the recorder.
ThreadContext* RecordThisThread();

inline ThreadContext* Recording() {
  ThreadContext* context = current_context;
  if (context != nullptr) return context;
  if (!process_recording.load(std::memory_order_relaxed)) return nullptr;
  return RecordThisThread();
}

// In a child, before anything else: its operations are recorded from here on, in the recorder of
// `token`. No effect with a default token.
void BeginThread(const ForkToken& token);
// The same for a thread that ends without a call, or by pthread_exit().
void BeginThreadUntilItsEnd(const ForkToken& token);
// As its last step. A task that is abandoned never gets there; whoever wakes its body calls
// AbandonThread() on it.
void EndThread();
void AbandonThread();

class Recorder {
 public:
  enum class Runs : std::uint8_t {
    kOnce,      // each lock and thread is a new one
    kRepeated,  // BeginRun() starts the same program again
  };
  enum class Threads : std::uint8_t {
    kParallel,
    kOneAtATime,  // tasks that one thread of the operating system runs
  };
  explicit Recorder(Runs runs = Runs::kRepeated, Threads threads = Threads::kParallel);
  // REQUIRES: no thread is still recorded.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The one for ordinary threads. Never destroyed.
  static Recorder& Process();

  // Starts a run: everything held, waited for or signalled in the run before is forgotten, whether
  // or not that ended well.
  void BeginRun();
  // Completes a run: threads that wait for a notification that was sent too early are noted.
  void EndRun();

  // The first thread of a run, spawn path "0"; the next call gives "1", for a thread that nobody
  // recorded has forked.
  ForkToken Root(const char* name = nullptr, std::uintptr_t site = 0);
  // The context of a thread, without making it the calling thread's.
  ThreadContext* Begin(const ForkToken& token);
  void End(ThreadContext* context);

  // What is done about ordinary threads, on the thread where it happens, with none of the
  // recorder's locks held. The defaults do nothing.
  struct Handlers {
    // Recording of a thread has begun.
    void (*began)() = [] {};
    // A thread is about to be told, by an exception, that it waits for itself; it was noted.
    void (*self_deadlock)() = [] {};
    // Threads wait for ever; it was noted. If this returns, they do.
    void (*deadlock)() = [] {};
  };
  void SetHandlers(const Handlers& handlers) { handlers_ = handlers; }

  // Around fork(): holds all locks. In the child, the other threads are gone.
  void BeforeFork();
  void AfterForkInParent();
  // `forker`: the kernel's number of the thread that forked, in the parent.
  void AfterForkInChild(pid_t forker);

  // For those who have made a thread's context the calling thread's.
  void Began() const { handlers_.began(); }

  // Records at most so many distinct dependencies, of about 250 bytes each, and counts the others.
  // A program whose every object has a lock, nested in others, would use up the memory otherwise. 4
  // million by default.
  void LimitDependencies(std::uint64_t most) { max_dependencies_ = most; }

  // What was recorded up to now. Addresses are resolved by `resolve`: the frames active at a return
  // address, innermost first. `declarations`, if not null, tells how locks are declared; else their
  // constructors' source locations do.
  using Resolver = std::function<std::vector<report::Frame>(std::uintptr_t)>;
  RecordedGraph Snapshot(const Resolver& resolve, const std::string& run_name,
                         report::Symbolizer* declarations = nullptr);
  // Through the debug information of this process.
  RecordedGraph Snapshot(const std::string& run_name);

  // Bytes of the arena: for tests that memory is flat.
  std::size_t bytes() const;
  // Bytes of what was recorded: the same again when there was nothing new.
  std::size_t recorded() const;

 private:
  friend class CycleWatch;
  friend class LockIdentity;
  friend void EndThread();
  friend class StuckWatch;
  friend class ThreadContext;
  friend class Snapshotter;
  friend ThreadContext* RecordThisThread();

  // Most threads, and entries of vector clocks, before signals no longer order anything.
  static constexpr std::size_t kMaxClockEntries = 4 << 20;

  // What was found while it ran.
  struct OccurrenceRecord {
    OccurrenceKind kind;
    std::vector<ThreadRecord*> threads;
    std::vector<DependencyRecord*> requests;  // of those threads
    ThreadRecord* signaller = nullptr;
    std::uintptr_t signal_site = 0;

    friend bool operator==(const OccurrenceRecord&, const OccurrenceRecord&) = default;
  };

  // recorder.cc. Those that say "Locked" need lock_.
  LockRecord& Resolve(const LockIdentity& lock);
  void Created(ThreadContext& context, const LockIdentity& lock);
  LockRecord& MadeLocked(ThreadContext& context, OriginRecord& origin);
  bool Destroyed(const LockIdentity& lock);
  LockRecord& EndOf(ThreadRecord& thread);
  bool HasRoomForDependency();
  const char* CopyLocked(const char* text);
  OriginRecord& OriginLocked(const char* type, const char* name, SourceLocation made_at,
                             const Properties& properties, StackRecord* stack,
                             std::uintptr_t variable = 0);
  OriginRecord& CanonicalLocked(OriginRecord& origin);
  LockRecord& NewLockLocked(OriginRecord& origin, ThreadRecord* creator, std::uint32_t ordinal);
  void BindLocked(const LockIdentity& lock, LockRecord& record);

  // first_use.cc
  bool Knows(const LockIdentity& lock) const;
  void Met(ThreadContext& context, const LockIdentity& lock, const void* address,
           std::uintptr_t site);
  LockRecord& InVariableLocked(OriginRecord& origin);
  LockRecord& FirstUsedLocked(ThreadContext& context, const LockIdentity& lock, StackRecord* stack);
  LockRecord& UnboundLocked(ThreadContext& context, OriginRecord& origin);
  LockRecord& MetAgainLocked(ThreadContext& context, const LockIdentity& lock, StackRecord* stack,
                             std::uintptr_t site);
  void NoteAllMet(ThreadRecord& thread);

  // folding.cc
  void RetireLocked(LockRecord& lock);
  LockRecord& RecallLocked(CreatedRecord& created, std::uint32_t ordinal, std::uint64_t position);
  void Disclose(LockRecord& lock);
  void UnfoldLocked(ThreadRecord& maker, LockRecord& lock);
  DependencyRecord& CloneLocked(const DependencyRecord& dependency);

  // recorder_threads.cc
  ThreadRecord& NextChild(ThreadRecord& parent);
  ThreadRecord& NewThreadLocked(ThreadRecord* parent, std::uint32_t index);
  ThreadContext& ContextOfLocked(ThreadRecord& thread);

  // interning.cc
  StackRecord* CaptureStack();
  StackRecord* InternStack(const std::uintptr_t* pcs, int size);
  ClockRecord* Join(ClockRecord* a, ClockRecord* b);
  ClockRecord* Meet(ClockRecord* a, ClockRecord* b);
  ClockRecord* Extend(ClockRecord* clock, std::uint32_t thread, std::uint64_t position);
  ClockRecord* InternClockLocked(const ClockRecord::Entry* entries, std::uint32_t size);

  // occurred.cc
  bool NoteSelfDeadlock(ThreadContext& context, DependencyRecord& request, OccurrenceKind kind);
  bool FindCircle(ThreadContext& start, Array<ThreadContext*>& path);
  void NoteDeadlock(const Array<ThreadContext*>& path);
  void NoteLostWakeups();
  void NoteBlocked(const Array<ThreadContext*>& threads, OccurrenceKind kind);
  void NoteLeftHeld(ThreadContext& holder, std::uint32_t index, OccurrenceKind kind);
  void NoteDestroyedHeld(const LockRecord& record);
  void NoteEndedHolding(ThreadContext& context);
  bool IsAskedForByOthers(const LockRecord& lock, const ThreadRecord& than);
  DependencyRecord* RequestOf(ThreadRecord& thread, const Hold* holds, std::uint32_t depth,
                              LockRecord& target, Mode mode, std::uintptr_t site);
  DependencyRecord* RequestOfBlocked(ThreadContext& context);
  bool NoteLocked(OccurrenceRecord occurrence);

  const Runs runs_;
  const bool parallel_;
  const std::uint64_t number_;
  mutable runtime::SpinLock lock_;
  Arena arena_;
  std::uint32_t run_ = 0;
  std::uint64_t run_count_ = 0;
  std::uint64_t next_serial_ = 1;
  LockRecord* free_locks_ = nullptr;
  ThreadContext* free_contexts_ = nullptr;
  Array<ThreadContext*> contexts_;  // by tag - 1
  Array<ThreadRecord*> threads_;
  Array<ThreadRecord*> roots_;
  std::uint32_t next_root_ = 0;
  Array<OriginRecord*> origins_;  // the canonical ones
  RecordTable<OriginRecord> origin_table_;
  RecordTable<OriginText> origin_texts_;
  RecordTable<SerialRecord> serials_;
  RecordTable<StackRecord> stacks_;
  RecordTable<ClockRecord> clocks_;
  Array<ClockRecord::Entry> scratch_;
  std::size_t clock_entries_ = 0;
  std::uint64_t clocks_dropped_ = 0;
  std::uint64_t max_dependencies_ = 4'000'000;
  std::uint64_t dependency_count_ = 0;
  std::uint64_t dependencies_dropped_ = 0;
  std::uint64_t lock_count_ = 0;
  bool has_first_used_ = false;  // locks known by their first use
  // By MetKind(): the first uses vary, so that a record may stand for several of them.
  bool first_uses_vary_[kMetKinds] = {};
  std::vector<OccurrenceRecord> occurrences_;
  Handlers handlers_;
  std::uint32_t threads_held_ = 0;  // of threads_, whose locks BeforeFork() holds
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_RECORDER_H_
