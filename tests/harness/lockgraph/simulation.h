// Threads that exist only as recorded: scenarios are told step by step, in one order, without a
// single real thread.
#ifndef SELVAGE_TESTS_HARNESS_LOCKGRAPH_SIMULATION_H_
#define SELVAGE_TESTS_HARNESS_LOCKGRAPH_SIMULATION_H_

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/lockgraph/recorder.h"

namespace selvage::lockgraph {

// A lock, or something to wait for, with nothing behind it.
struct Object : LockIdentity {
  explicit Object(const char* name, ObjectKind kind = ObjectKind::kLock)
      : Object(name, Properties{.kind = kind}) {}
  Object(const char* name, Properties properties)
      : LockIdentity(ObjectKindName(properties.kind), name, SourceLocation{"made.cc", 1},
                     properties) {}
};

class Simulation;

// One simulated thread.
class Actor {
 public:
  Actor(Simulation& simulation, ForkToken token);

  void Lock(const Object& lock, RequestKind kind = RequestKind::kBlocking) {
    Acquire(lock, Mode::kExclusive, kind);
  }
  void Read(const Object& lock, RequestKind kind = RequestKind::kBlocking) {
    Acquire(lock, Mode::kShared, kind);
  }
  void TryLock(const Object& lock) { context->OnTried(lock, Mode::kExclusive, Site()); }
  // As std::lock and std::scoped_lock do where nobody holds any of them: waits for the first, tries
  // the others.
  void LockTogether(std::initializer_list<const Object*> locks);
  void Request(const Object& lock, Mode mode, RequestKind kind = RequestKind::kBlocking) {
    context->OnRequest(lock, mode, kind, Site());
  }
  void Unlock(const Object& lock) { context->OnReleased(lock, Mode::kExclusive, Site()); }
  void UnlockRead(const Object& lock) { context->OnReleased(lock, Mode::kShared, Site()); }
  // Takes them in that order and releases them in the opposite one.
  void Nest(std::initializer_list<const Object*> locks, RequestKind kind = RequestKind::kBlocking);

  // A condition wait from its start to its end.
  void Wait(const Object& condition, const Object& lock) {
    BeginWait(condition, lock);
    EndWait(condition, lock);
  }
  void BeginWait(const Object& condition, const Object& lock,
                 WaitPredicate predicate = WaitPredicate::kUnknown) {
    depth_of_wait = context->OnWait(condition, lock, RequestKind::kBlocking, Site(), predicate);
  }
  void BeginTimedWait(const Object& condition, const Object& lock) {
    depth_of_wait = context->OnWait(condition, lock, RequestKind::kTimed, Site());
  }
  void EndWait(const Object& condition, const Object& lock) {
    context->OnWaitOver(condition, ThreadContext::WakeReason::kSignalled);
    context->OnRequest(lock, Mode::kExclusive, RequestKind::kReacquire, Site());
    context->OnReacquired(lock, depth_of_wait, Site());
  }
  void Await(const Object& object) {
    context->OnAwait(object, RequestKind::kBlocking, Site());
    context->OnSignalReceived(object);
  }
  void Signal(const Object& object, std::uint32_t woken = ThreadContext::kUnknownWoken) {
    context->OnSignal(object, Site(), woken);
  }

  Actor Fork(const char* name);
  void Join(Actor& child);
  void End();

  // The function in which the following steps are, each on a line of its own.
  void In(const std::string& function) { function_ = function; }
  // The line before the next step: as in a loop.
  void At(unsigned line) { line_ = line; }
  const ThreadRecord& record() const { return context->record(); }

  ThreadContext* context;
  ForkToken token;

 private:
  void Acquire(const Object& lock, Mode mode, RequestKind kind) {
    const std::uintptr_t site = Site();
    context->OnRequest(lock, mode, kind, site);
    context->OnAcquired(lock, mode, site);
  }
  std::uintptr_t Site();

  Simulation* simulation_;
  std::string function_;
  unsigned line_ = 0;
  std::uint32_t depth_of_wait = 0;
};

class Simulation {
 public:
  explicit Simulation(Recorder::Runs runs = Recorder::Runs::kOnce) : recorder(runs) {
    recorder.BeginRun();
  }

  Actor Main() { return Actor(*this, recorder.Root("main")); }

  // An object made by `actor`, rather than before everything.
  std::unique_ptr<Object> Make(Actor& actor, const char* name,
                               Properties properties = Properties{}) {
    ThreadContext* const before = current_context;
    current_context = actor.context;
    auto made = std::make_unique<Object>(name, properties);
    current_context = before;
    return made;
  }

  // Destroyed by `actor`.
  void Destroy(Actor& actor, std::unique_ptr<Object> object) {
    ThreadContext* const before = current_context;
    current_context = actor.context;
    object->OnDestroyed();
    current_context = before;
  }

  RecordedGraph Graph(const std::string& run = "run");
  Analysis Analyse() { return lockgraph::Analyse(Graph()); }
  // The verdict of the strongest cycle, or "none".
  std::string Verdict() { return VerdictOf(Analyse()); }
  static std::string VerdictOf(const Analysis& analysis) {
    return analysis.cycles.empty() ? "none" : VerdictName(analysis.cycles.front().verdict);
  }

  // An address that resolves to that place.
  std::uintptr_t Address(const std::string& function, const std::string& file, unsigned line);

  Recorder recorder;

 private:
  std::map<std::uintptr_t, report::Frame> places_;
  std::map<std::string, std::uintptr_t> addresses_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_TESTS_HARNESS_LOCKGRAPH_SIMULATION_H_
