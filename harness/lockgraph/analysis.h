// The lock-order analysis of a recorded graph: cycles with verdicts, and what to do about them.
//
// After: Goodlock (Havelund, SPIN 2000), its guards, threads and segments (Bensalem, Havelund,
// PADTAD 2005), and the lock dependencies of MagicFuzzer (Cai, Chan, ICSE 2012); with modes, waits
// and signals added.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_ANALYSIS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_ANALYSIS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "selvage/harness/lockgraph/declared_order.h"
#include "selvage/harness/lockgraph/graph.h"
#include "selvage/harness/lockgraph/verdict.h"

namespace selvage::lockgraph {

// A place in the code: what was asked for there, or taken.
struct CodePlace {
  FrameIndex site = kNone;
  StackIndex stack = kNone;

  friend bool operator==(const CodePlace&, const CodePlace&) = default;
};

// One thread of a cycle.
struct CyclePart {
  ThreadIndex thread = 0;
  // What the previous part waits for: held, or owed where it is a signal.
  LockIndex holds = 0;
  bool owes = false;
  Mode holds_mode = Mode::kExclusive;
  CodePlace taken;
  // What it waits for, which the next part holds or owes.
  LockIndex asks = 0;
  Mode mode = Mode::kExclusive;
  RequestKind kind = RequestKind::kBlocking;
  CodePlace asked;
  // False for a thread that only left it held.
  bool waits = true;
  // All it holds then.
  std::vector<HeldLock> held;
  std::uint64_t count = 0;
  std::vector<RunIndex> runs;
  // Other places where a thread holding `holds` asks for `asks`.
  std::vector<CodePlace> also;
  // It waits behind a writer of `asks`, this thread, which is queued there.
  ThreadIndex writer = kNone;
  CodePlace writer_asked;

  friend bool operator==(const CyclePart&, const CyclePart&) = default;
};

struct Cycle {
  Verdict verdict = Verdict::kFeasible;
  std::string reason;
  // Each waits for what the next holds; the last for what the first does. Where a semaphore of
  // several permits is in it, each waits for what others hold, in no order. A thread that asks
  // again for what it holds is one part.
  std::vector<CyclePart> parts;
  // Parts of it were only seen in different runs.
  bool merged = false;
  // Cycles of other locks of the same classes, in the same code: this one stands for so many,
  // itself included. `others` has their locks, each the one that is held.
  std::uint64_t instances = 1;
  std::vector<std::vector<LockIndex>> others;
  // 16 hexadecimal digits: see fingerprint.h.
  std::string fingerprint;
  // For a confirmed one.
  std::string replay_token;
  // Directed schedules that tried to make it happen, and why there were none. Empty for what is not
  // to be tried: it has happened, or is harmless.
  std::uint64_t directed_schedules = 0;
  std::string not_tried;

  // The part that has what parts[part] asks for: the next one that does.
  std::size_t HolderFor(std::size_t part) const;

  friend bool operator==(const Cycle&, const Cycle&) = default;
};

// An edge of locks to turn around, or to guard.
struct Turn {
  ClassIndex from = 0;  // held
  ClassIndex to = 0;    // asked for: to be taken first instead
  std::vector<CodePlace> places;
  std::uint64_t breaks = 0;  // cycles

  friend bool operator==(const Turn&, const Turn&) = default;
};

struct Coverage {
  std::uint64_t locks = 0;
  std::uint64_t classes = 0;
  std::uint64_t edges = 0;  // distinct pairs of locks
  std::uint64_t dependencies = 0;
  std::uint64_t threads = 0;
  std::uint64_t runs = 0;
  std::uint64_t components = 0;
  std::uint64_t dropped = 0;  // moments, clocks and dependencies over a budget
  // Components whose cycles were not all enumerated.
  std::uint64_t cut = 0;

  friend bool operator==(const Coverage&, const Coverage&) = default;
};

struct Analysis {
  // Strongest verdict first, then the shortest, then by fingerprint.
  std::vector<Cycle> cycles;
  std::vector<OrderViolation> violations;
  // The smallest set of edges whose turning breaks every cycle that fails; near to it where finding
  // that would take too long.
  std::vector<Turn> turns;
  Coverage coverage;

  // Whether something fails by default.
  bool Fails() const;

  friend bool operator==(const Analysis&, const Analysis&) = default;
};

struct AnalysisOptions {
  // Of a cycle, in threads. By default no more than the budget below: a cycle of n locks takes n
  // threads.
  std::uint32_t max_length = UINT32_MAX;
  // Of the search for cycles, in all; about 10 million a second.
  std::uint64_t steps = 30'000'000;
  // Reported of one component.
  std::uint32_t max_cycles = 500;
  std::vector<DeclaredOrder> declared;
};

// REQUIRES: Invalid(graph) is empty. Deterministic. Linear in the graph, but for the enumeration of
// cycles, which has the budget above and says in `coverage.cut` when that was used up.
Analysis Analyse(const RecordedGraph& graph, const AnalysisOptions& options = {});

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_ANALYSIS_H_
