// Whether asks that form a cycle of locks can all be waiting at once, and if not, why.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_JUDGE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_JUDGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "selvage/harness/lockgraph/asks.h"
#include "selvage/harness/lockgraph/cycles.h"
#include "selvage/harness/lockgraph/order.h"
#include "selvage/harness/lockgraph/verdict.h"

namespace selvage::lockgraph {

// One ask of a cycle: what it holds (or owes) of the cycle, and what it asks for, which the next
// one holds.
struct Link {
  Ask ask;
  LockIndex holds = 0;
};

// A writer that has to be queued at the target of links[link] for one reader to wait for the other.
struct QueuedWriter {
  std::size_t link = 0;
  Ask ask;
};

struct Judgement {
  Verdict verdict = Verdict::kFeasible;
  // The two threads a guard keeps apart, the moments that are ordered, ...: links that say why.
  std::size_t first = 0;
  std::size_t second = 0;
  std::vector<LockIndex> guards;
  // The guard is held by another thread around the life of links[first]'s.
  ThreadIndex cover_holder = kNone;
  std::vector<QueuedWriter> writers;
  // Parts were only seen in different runs.
  bool merged = false;
};

class Judge {
 public:
  Judge(const Asks& asks, const Order& order) : asks_(asks), order_(order) {}

  // The verdict on `links`, each asking for what the next holds and the last for what the first
  // does. Nothing if they are no cycle: two readers, or parts that need one thread in two places.
  std::optional<Judgement> operator()(const std::vector<Link>& links) const;

  // The same for asks of different threads that are known to block one another, in no order.
  std::optional<Judgement> Pool(const std::vector<Link>& links) const;

  // The same for a thread that asks again for what it holds.
  std::optional<Judgement> Again(const Ask& ask) const;

  // Whether both can be waiting at once: different threads, no common lock, not ordered by fork and
  // join.
  bool Compatible(const Ask& a, const Ask& b) const;
  // Whether `waits` asks for a lock that `other` holds, and cannot have it meanwhile.
  bool Blocks(const Ask& waits, const Ask& other) const;

 private:
  enum class Threads : std::uint8_t { kDistinct, kOne, kMixed };
  Threads ThreadsOf(const std::vector<Link>& links) const;
  bool Conflict(const std::vector<Link>& links, std::size_t link, bool& needs_writer) const;
  bool FindWriters(const std::vector<Link>& links, const std::vector<std::size_t>& needed,
                   std::vector<QueuedWriter>& writers) const;
  std::optional<Judgement> Weigh(const std::vector<Link>& links, Judgement judgement) const;
  // False if a lock of the cycle itself is held by two of its parts.
  bool FindGuards(const std::vector<Link>& links, Judgement& judgement) const;
  void FindCover(const std::vector<Link>& links, Judgement& judgement) const;
  Relation BestRelation(const std::vector<Link>& links, Judgement& judgement) const;
  Relation Between(const Ask& a, const Moment& at_a, const Ask& b, const Moment& at_b,
                   bool common_run) const;
  bool ComesAfterOnce(const Ask& inside, const Ask& after, const Moment& at) const;
  bool HaveCommonRun(const Ask& a, const Ask& b) const;

  const Asks& asks_;
  const Order& order_;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_JUDGE_H_
