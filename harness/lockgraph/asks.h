// Everything in a graph that can be an edge of a cycle: a thread that waits for one thing while
// another waits for it.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ASKS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ASKS_H_

#include <cstdint>
#include <vector>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {

// A thread asks for `target`. Others wait for it because it holds locks, or because it owes them a
// signal.
struct Ask {
  ThreadIndex thread = 0;
  LockIndex target = 0;
  Mode mode = Mode::kExclusive;
  RequestKind kind = RequestKind::kBlocking;
  bool fresh = false;
  // What it owes: asked for on the way to signalling this one.
  LockIndex owes = kNone;
  // Where it comes from: a dependency, or a touch; for an obligation the signal too, but for the
  // end of a thread.
  DependencyIndex dependency = kNone;
  std::uint32_t touch = kNone;
  std::uint32_t signal = kNone;
};

// Immutable; the graph must outlive it.
class Asks {
 public:
  explicit Asks(const RecordedGraph& graph);

  const RecordedGraph& graph() const { return graph_; }
  const std::vector<Ask>& all() const { return asks_; }

  const std::vector<HeldLock>& Held(const Ask& ask) const;
  const std::vector<Moment>& Moments(const Ask& ask) const;
  FrameIndex Site(const Ask& ask) const;
  StackIndex Stack(const Ask& ask) const;
  std::uint64_t Count(const Ask& ask) const;

  // Whether the object is waited for until somebody signals it; holding it then means nothing.
  bool IsSignalObject(LockIndex lock) const { return is_signal_[lock]; }
  // Whether it can be held by more than one thread exclusively: a semaphore of several permits.
  bool HasManyPermits(LockIndex lock) const;

  // Those that ask for `lock` in order to write, without deadline, with whatever they hold. For
  // locks that have readers.
  const std::vector<Ask>& Writers(LockIndex lock) const;

  // Whether somebody outside `threads` can signal `object` without ever having to take a lock in
  // `held`.
  bool CanBeSignalledWithout(LockIndex object, const std::vector<ThreadIndex>& threads,
                             const std::vector<HeldLock>& held) const;

 private:
  void AddObligations();
  void AddWriters();

  const RecordedGraph& graph_;
  std::vector<bool> is_signal_;
  std::vector<Ask> asks_;
  std::vector<std::vector<Ask>> writers_;               // by lock; empty where there are no readers
  std::vector<std::vector<std::uint32_t>> touches_of_;  // by thread, those of blocking requests
  std::vector<std::vector<std::uint32_t>> signals_of_;  // by object
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ASKS_H_
