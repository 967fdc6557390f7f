#include "selvage/harness/lockgraph/exhausted_pools.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

namespace selvage::lockgraph {

Completeness ExhaustedPoolSearch::Find(const Visitor& visit) {
  visit_ = &visit;
  std::map<LockIndex, std::vector<Ask>> pools;
  for (const Ask& ask : asks_.all()) {
    if (ask.dependency == kNone || !asks_.IsSignalObject(ask.target)) continue;
    LockIndex last = kNone;
    for (const HeldLock& held : asks_.Held(ask)) {
      if (held.lock == last || !asks_.HasManyPermits(held.lock)) continue;
      if (asks_.IsSignalObject(held.lock)) continue;
      last = held.lock;
      std::vector<Ask>& waits = pools[held.lock];
      // One that waits in one place for many things is one wait, with the same permits.
      const bool known = std::any_of(waits.begin(), waits.end(), [&](const Ask& other) {
        return other.dependency == ask.dependency;
      });
      if (!known) waits.push_back(ask);
    }
  }
  for (auto& [pool, waits] : pools) {
    pool_ = pool;
    waits_ = std::move(waits);
    if (!Extend(0, 0)) return Completeness::kCut;
  }
  return too_many_ ? Completeness::kCut : Completeness::kComplete;
}

// How many permits of the pool.
std::uint32_t ExhaustedPoolSearch::Has(const Ask& ask) const {
  std::uint32_t count = 0;
  for (const HeldLock& held : asks_.Held(ask)) count += held.lock == pool_;
  return count;
}

// `taken`: permits, by those chosen. False if the search is to end.
bool ExhaustedPoolSearch::Extend(std::size_t first, std::uint32_t taken) {
  if (taken >= asks_.graph().locks[pool_].permits) return Tell();
  if (chosen_.size() == kMostThreads) {
    too_many_ = true;
    return true;
  }
  for (std::size_t i = first; i < waits_.size(); ++i) {
    if (!budget_.Spend()) return false;
    const bool fits = std::all_of(chosen_.begin(), chosen_.end(), [&](std::size_t other) {
      return judge_.Compatible(waits_[i], waits_[other]);
    });
    if (!fits) continue;
    chosen_.push_back(i);
    const bool going = Extend(i + 1, taken + Has(waits_[i]));
    chosen_.pop_back();
    if (!going) return false;
  }
  return true;
}

// Tasks of a pool are run by any of its threads. What several threads do in one execution are
// several tasks; in different executions, or schedules, they may be one.
bool ExhaustedPoolSearch::HaveCommonExecution(const std::vector<Link>& links) const {
  const RecordedGraph& graph = asks_.graph();
  const auto happened_in = [&](const Link& link, RunIndex run) {
    const std::vector<Moment>& moments = asks_.Moments(link.ask);
    return std::any_of(moments.begin(), moments.end(),
                       [&](const Moment& moment) { return moment.run == run; });
  };
  for (RunIndex run = 0; run < graph.runs.size(); ++run) {
    if (graph.runs[run].schedules != 1) continue;
    if (std::all_of(links.begin(), links.end(),
                    [&](const Link& link) { return happened_in(link, run); })) {
      return true;
    }
  }
  return false;
}

// Nothing if somebody else can signal one of them without a permit.
bool ExhaustedPoolSearch::Tell() {
  std::vector<ThreadIndex> threads;
  std::vector<Link> links;
  for (const std::size_t one : chosen_) {
    threads.push_back(waits_[one].thread);
    links.push_back(Link{waits_[one], pool_});
  }
  if (!HaveCommonExecution(links)) return true;
  const std::vector<HeldLock> permit{{.lock = pool_}};
  for (const Link& link : links) {
    if (asks_.CanBeSignalledWithout(link.ask.target, threads, permit)) return true;
  }
  const RecordedGraph& graph = asks_.graph();
  // The same in every run, whichever was met first.
  const auto key = [&](const Link& link) {
    return std::tuple(graph.locks[link.ask.target].lock_class, asks_.Site(link.ask),
                      link.ask.thread);
  };
  std::sort(links.begin(), links.end(),
            [&](const Link& a, const Link& b) { return key(a) < key(b); });
  std::optional<Judgement> judgement = judge_.Pool(links);
  if (!judgement) return true;
  if (judgement->verdict < Verdict::kCommunication) judgement->verdict = Verdict::kCommunication;
  return (*visit_)(links, *judgement) == Visit::kContinue;
}

}  // namespace selvage::lockgraph
