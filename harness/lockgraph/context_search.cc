#include "selvage/harness/lockgraph/context_search.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

namespace selvage::lockgraph {
namespace {

// Combinations tried for one cycle of locks, so that one with thousands of contexts does not use up
// the budget of all.
constexpr std::uint64_t kCombinations = 50'000;

}  // namespace

const std::vector<std::uint32_t>& ContextSearch::Profiles(std::uint32_t edge) {
  std::vector<std::uint32_t>& profiles = profiles_[edge];
  if (!profiles.empty()) return profiles;
  using HeldKey = std::vector<std::tuple<LockIndex, Mode, bool>>;
  using MomentKey = std::vector<std::tuple<RunIndex, std::uint32_t, std::uint32_t, ClockIndex>>;
  std::set<std::tuple<ThreadIndex, Mode, bool, bool, LockIndex, HeldKey, MomentKey>> seen;
  for (const std::uint32_t i : component_.edges[edge].asks) {
    const Ask& ask = asks_.all()[i];
    HeldKey held;
    for (const HeldLock& one : asks_.Held(ask)) held.emplace_back(one.lock, one.mode, one.fresh);
    std::sort(held.begin(), held.end());
    MomentKey moments;
    for (const Moment& m : asks_.Moments(ask)) {
      moments.emplace_back(m.run, m.strong, m.observed, m.clock);
    }
    if (seen.emplace(ask.thread, ask.mode, ask.kind == RequestKind::kTimed, ask.fresh, ask.owes,
                     std::move(held), std::move(moments))
            .second) {
      profiles.push_back(i);
    }
  }
  return profiles;
}

std::optional<ContextSearch::Context> ContextSearch::Strongest(
    const std::vector<std::uint32_t>& edges) {
  // What no context can exceed.
  Verdict bound = Verdict::kFeasible;
  for (const std::uint32_t edge : edges) {
    Profiles(edge);
    if (asks_.IsSignalObject(component_.edges[edge].from)) bound = Verdict::kCommunication;
  }
  std::optional<Context> best;
  std::vector<Link> links;
  std::uint64_t left = kCombinations;
  // False when there is nothing more to be found.
  std::function<bool()> extend = [&] {
    if (links.size() == edges.size()) {
      if (left-- == 0 || !budget_.Spend()) {
        cut_ = true;
        return false;
      }
      auto judgement = judge_(links);
      if (judgement && (!best || judgement->verdict < best->judgement.verdict)) {
        best = Context{links, std::move(*judgement)};
      }
      return !best || best->judgement.verdict > bound;
    }
    const std::uint32_t edge = edges[links.size()];
    for (const std::uint32_t i : profiles_[edge]) {
      const Ask& ask = asks_.all()[i];
      // A judgement needs all threads different, or all the same.
      const auto same = std::count_if(links.begin(), links.end(), [&](const Link& link) {
        return link.ask.thread == ask.thread;
      });
      const bool all_same = links.size() < 2 || links[0].ask.thread == links[1].ask.thread;
      if (same != 0 && (static_cast<std::size_t>(same) != links.size() || !all_same)) continue;
      if (same == 0 && links.size() >= 2 && all_same) continue;
      links.push_back(Link{ask, component_.edges[edge].from});
      const bool going = extend();
      links.pop_back();
      if (!going) return false;
    }
    return true;
  };
  extend();
  return best;
}

std::vector<std::vector<CodePlace>> ContextSearch::Places(
    const std::vector<std::uint32_t>& edges) const {
  std::vector<std::vector<CodePlace>> places;
  for (const std::uint32_t edge : edges) {
    std::vector<CodePlace>& here = places.emplace_back();
    for (const std::uint32_t i : component_.edges[edge].asks) {
      const Ask& ask = asks_.all()[i];
      const FrameIndex site = asks_.Site(ask);
      const bool known = std::any_of(here.begin(), here.end(),
                                     [&](const CodePlace& other) { return other.site == site; });
      if (!known) here.push_back(CodePlace{site, asks_.Stack(ask)});
    }
    std::sort(here.begin(), here.end(),
              [](const CodePlace& a, const CodePlace& b) { return a.site < b.site; });
  }
  return places;
}

}  // namespace selvage::lockgraph
