// Deadlocks of threads that have all permits of a semaphore between them and wait for signals that
// nobody sends without having had a permit: tasks of a pool of workers that wait for tasks of the
// same pool, connections that wait for one another. A worker has a permit of its pool while it runs
// a task. Semaphores of one permit are locks, and in rings (cycles.h).
#ifndef SELVAGE_HARNESS_LOCKGRAPH_EXHAUSTED_POOLS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_EXHAUSTED_POOLS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "selvage/harness/lockgraph/asks.h"
#include "selvage/harness/lockgraph/cycles.h"
#include "selvage/harness/lockgraph/judge.h"

namespace selvage::lockgraph {

// The arguments must outlive it. Not thread-safe.
class ExhaustedPoolSearch {
 public:
  using Visitor = std::function<Visit(const std::vector<Link>&, const Judgement&)>;

  ExhaustedPoolSearch(const Asks& asks, const Judge& judge, Budget& budget)
      : asks_(asks), judge_(judge), budget_(budget) {}

  // Calls `visit` with the waits of different threads that can all wait at once and have all
  // permits of one semaphore, each seen in one and the same execution; each set once. kCut if
  // `visit` stops it, the budget is used up, or more than kMostThreads would be needed.
  Completeness Find(const Visitor& visit);

  static constexpr std::size_t kMostThreads = 16;

 private:
  std::uint32_t Has(const Ask& ask) const;
  bool Extend(std::size_t first, std::uint32_t taken);
  bool HaveCommonExecution(const std::vector<Link>& links) const;
  bool Tell();

  const Asks& asks_;
  const Judge& judge_;
  Budget& budget_;
  LockIndex pool_ = 0;
  std::vector<Ask> waits_;           // with a permit of `pool_`
  std::vector<std::size_t> chosen_;  // of waits_, ascending
  bool too_many_ = false;
  const Visitor* visit_ = nullptr;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_EXHAUSTED_POOLS_H_
