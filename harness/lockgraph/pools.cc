#include "selvage/harness/lockgraph/pools.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

namespace selvage::lockgraph {

PoolSearch::PoolSearch(const Asks& asks, const Judge& judge, Budget& budget)
    : asks_(asks), judge_(judge), budget_(budget), holders_(asks.graph().locks.size()) {}

bool PoolSearch::IsPool(LockIndex lock) const {
  return asks_.HasManyPermits(lock) && !asks_.IsSignalObject(lock);
}

// How many permits of it; 1 for a lock.
std::uint32_t PoolSearch::Has(const Ask& ask, LockIndex lock) const {
  std::uint32_t count = 0;
  for (const HeldLock& held : asks_.Held(ask)) count += held.lock == lock;
  return count;
}

Completeness PoolSearch::Find(
    const std::function<Visit(const std::vector<Link>&, const Judgement&)>& visit) {
  visit_ = &visit;
  std::vector<std::uint32_t> roots;
  for (std::uint32_t i = 0; i < asks_.all().size(); ++i) {
    const Ask& ask = asks_.all()[i];
    if (ask.dependency == kNone || asks_.IsSignalObject(ask.target)) continue;
    if (IsPool(ask.target)) roots.push_back(i);
  }
  if (roots.empty()) return Completeness::kComplete;
  for (std::uint32_t i = 0; i < asks_.all().size(); ++i) {
    const Ask& ask = asks_.all()[i];
    if (ask.dependency == kNone || asks_.IsSignalObject(ask.target)) continue;
    for (const HeldLock& held : asks_.Held(ask)) {
      std::vector<std::uint32_t>& holders = holders_[held.lock];
      if (!asks_.IsSignalObject(held.lock) && (holders.empty() || holders.back() != i)) {
        holders.push_back(i);
      }
    }
  }
  for (const std::uint32_t root : roots) {
    chosen_ = {root};
    chosen_for_ = {kNone};
    if (!Extend()) return Completeness::kCut;
  }
  return too_many_ ? Completeness::kCut : Completeness::kComplete;
}

// The first thing that somebody asks for and that is not taken by those chosen. `first`: where in
// its holders to go on, so that each set of them is tried in one order only.
bool PoolSearch::Missing(LockIndex& lock, std::size_t& first) const {
  for (const std::uint32_t one : chosen_) {
    const Ask& ask = asks_.all()[one];
    lock = ask.target;
    first = 0;
    if (IsPool(lock)) {
      std::uint32_t taken = 0;
      for (const std::uint32_t other : chosen_) taken += Has(asks_.all()[other], lock);
      if (taken >= asks_.graph().locks[lock].permits) continue;
      if (chosen_for_.back() == lock) {
        const std::vector<std::uint32_t>& holders = holders_[lock];
        const auto last = std::find(holders.begin(), holders.end(), chosen_.back());
        first = static_cast<std::size_t>(last - holders.begin()) + 1;
      }
      return true;
    }
    const bool is_taken = std::any_of(chosen_.begin(), chosen_.end(), [&](std::uint32_t other) {
      return other != one && judge_.Blocks(ask, asks_.all()[other]);
    });
    if (!is_taken) return true;
  }
  return false;
}

// False if the search is to end.
bool PoolSearch::Extend() {
  LockIndex lock = 0;
  std::size_t first = 0;
  if (!Missing(lock, first)) return Tell();
  return TryAll(lock, first);
}

bool PoolSearch::TryAll(LockIndex lock, std::size_t first) {
  if (chosen_.size() == kMostThreads) {
    too_many_ = true;
    return true;
  }
  const std::vector<std::uint32_t>& holders = holders_[lock];
  for (std::size_t i = first; i < holders.size(); ++i) {
    if (!budget_.Spend()) return false;
    const Ask& holder = asks_.all()[holders[i]];
    const bool fits = std::all_of(chosen_.begin(), chosen_.end(), [&](std::uint32_t other) {
      return judge_.Compatible(holder, asks_.all()[other]);
    });
    if (!fits) continue;
    if (!IsPool(lock) && std::none_of(chosen_.begin(), chosen_.end(), [&](std::uint32_t other) {
          const Ask& ask = asks_.all()[other];
          return ask.target == lock && judge_.Blocks(ask, holder);
        })) {
      continue;
    }
    chosen_.push_back(holders[i]);
    chosen_for_.push_back(lock);
    const bool going = Extend();
    chosen_.pop_back();
    chosen_for_.pop_back();
    if (!going) return false;
  }
  return true;
}

// Whether one of the others waits for what the first one has.
bool PoolSearch::RootIsNeeded() const {
  const Ask& root = asks_.all()[chosen_.front()];
  return std::any_of(chosen_.begin() + 1, chosen_.end(), [&](std::uint32_t other) {
    return Has(root, asks_.all()[other].target) != 0;
  });
}

bool PoolSearch::Tell() {
  if (!RootIsNeeded()) return true;
  std::vector<std::uint32_t> set = chosen_;
  std::sort(set.begin(), set.end());
  if (!told_.insert(set).second) return true;
  const RecordedGraph& graph = asks_.graph();
  std::vector<Link> links;
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    const Ask& ask = asks_.all()[chosen_[i]];
    LockIndex holds = chosen_for_[i];
    for (const std::uint32_t other : chosen_) {
      const LockIndex target = asks_.all()[other].target;
      if (holds == kNone && other != chosen_[i] && Has(ask, target) != 0) holds = target;
    }
    links.push_back(Link{ask, holds});
  }
  // The same in every run, whichever was met first.
  const auto key = [&](const Link& link) {
    return std::tuple(graph.locks[link.holds].lock_class, graph.locks[link.ask.target].lock_class,
                      asks_.Site(link.ask), link.ask.thread);
  };
  std::sort(links.begin(), links.end(),
            [&](const Link& a, const Link& b) { return key(a) < key(b); });
  const std::optional<Judgement> judgement = judge_.Pool(links);
  return !judgement || (*visit_)(links, *judgement) == Visit::kContinue;
}

}  // namespace selvage::lockgraph
