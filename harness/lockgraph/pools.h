// Deadlocks over semaphores of several permits: whoever asks for one waits only while threads that
// wait themselves have all of them. Such threads form no ring: one waits for several.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_POOLS_H_
#define SELVAGE_HARNESS_LOCKGRAPH_POOLS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "selvage/harness/lockgraph/asks.h"
#include "selvage/harness/lockgraph/cycles.h"
#include "selvage/harness/lockgraph/judge.h"

namespace selvage::lockgraph {

// The arguments must outlive it. Not thread-safe.
class PoolSearch {
 public:
  PoolSearch(const Asks& asks, const Judge& judge, Budget& budget);

  // Calls `visit` with each set of asks, by different threads that can all wait at once, where each
  // one asks for a lock that another has, or for a permit of a semaphore of which they have all;
  // one of them at least does the latter. Depth-first over what is still missing. kCut if `visit`
  // stops it, the budget is used up, or more than kMostThreads would be needed.
  Completeness Find(const std::function<Visit(const std::vector<Link>&, const Judgement&)>& visit);

  static constexpr std::size_t kMostThreads = 16;

 private:
  bool Extend();
  bool Missing(LockIndex& lock, std::size_t& first) const;
  bool TryAll(LockIndex lock, std::size_t first);
  bool IsPool(LockIndex lock) const;
  std::uint32_t Has(const Ask& ask, LockIndex lock) const;
  bool RootIsNeeded() const;
  bool Tell();

  const Asks& asks_;
  const Judge& judge_;
  Budget& budget_;
  std::vector<std::vector<std::uint32_t>> holders_;  // by lock: asks that hold it
  std::vector<std::uint32_t> chosen_;                // asks
  std::vector<LockIndex> chosen_for_;  // what each was missing for; kNone for the root
  std::set<std::vector<std::uint32_t>> told_;
  bool too_many_ = false;
  const std::function<Visit(const std::vector<Link>&, const Judgement&)>* visit_ = nullptr;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_POOLS_H_
