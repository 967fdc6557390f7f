#include "selvage/harness/lockgraph/components.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace selvage::lockgraph {
namespace {

struct RawEdge {
  LockIndex from;
  LockIndex to;
  std::uint32_t ask;
};

std::vector<RawEdge> AllEdges(const Asks& asks) {
  std::vector<RawEdge> edges;
  edges.reserve(asks.all().size());
  for (std::uint32_t i = 0; i < asks.all().size(); ++i) {
    const Ask& ask = asks.all()[i];
    if (ask.owes != kNone) {
      if (ask.owes != ask.target) edges.push_back({ask.owes, ask.target, i});
      continue;
    }
    for (const HeldLock& held : asks.Held(ask)) {
      if (held.lock != ask.target && !asks.IsSignalObject(held.lock)) {
        edges.push_back({held.lock, ask.target, i});
      }
    }
  }
  return edges;
}

// A lock without incoming edges is not asked for, one without outgoing edges is not held while
// asking.
void Prune(std::vector<RawEdge>& edges, std::size_t locks) {
  std::vector<std::uint32_t> out_start(locks + 1), in_start(locks + 1);
  for (const RawEdge& e : edges) {
    ++out_start[e.from + 1];
    ++in_start[e.to + 1];
  }
  std::vector<std::uint32_t> out_left(locks), in_left(locks);
  for (std::size_t i = 0; i < locks; ++i) {
    out_left[i] = out_start[i + 1];
    in_left[i] = in_start[i + 1];
    out_start[i + 1] += out_start[i];
    in_start[i + 1] += in_start[i];
  }
  std::vector<LockIndex> successors(edges.size()), predecessors(edges.size());
  std::vector<std::uint32_t> out_next(out_start.begin(), out_start.end() - 1);
  std::vector<std::uint32_t> in_next(in_start.begin(), in_start.end() - 1);
  for (const RawEdge& e : edges) {
    successors[out_next[e.from]++] = e.to;
    predecessors[in_next[e.to]++] = e.from;
  }
  std::vector<bool> gone(locks);
  std::vector<LockIndex> work;
  const auto check = [&](LockIndex lock) {
    if (gone[lock] || (out_left[lock] != 0 && in_left[lock] != 0)) return;
    gone[lock] = true;
    work.push_back(lock);
  };
  for (LockIndex lock = 0; lock < locks; ++lock) check(lock);
  while (!work.empty()) {
    const LockIndex lock = work.back();
    work.pop_back();
    for (std::uint32_t i = out_start[lock]; i < out_start[lock + 1]; ++i) {
      --in_left[successors[i]];
      check(successors[i]);
    }
    for (std::uint32_t i = in_start[lock]; i < in_start[lock + 1]; ++i) {
      --out_left[predecessors[i]];
      check(predecessors[i]);
    }
  }
  edges.erase(std::remove_if(edges.begin(), edges.end(),
                             [&](const RawEdge& e) { return gone[e.from] || gone[e.to]; }),
              edges.end());
}

// Tarjan's algorithm with an explicit stack: a graph may be one long path. Returns the component of
// each lock.
std::vector<std::uint32_t> ComponentOfEach(const std::vector<RawEdge>& edges, std::size_t locks) {
  std::vector<std::uint32_t> start(locks + 1);
  for (const RawEdge& e : edges) ++start[e.from + 1];
  for (std::size_t i = 0; i < locks; ++i) start[i + 1] += start[i];
  std::vector<LockIndex> successors(edges.size());
  std::vector<std::uint32_t> next(start.begin(), start.end() - 1);
  for (const RawEdge& e : edges) successors[next[e.from]++] = e.to;
  next.assign(start.begin(), start.end() - 1);

  std::vector<std::uint32_t> number(locks), low(locks), component(locks, kNone);
  std::vector<LockIndex> open, path;
  std::uint32_t counter = 0, components = 0;
  const auto enter = [&](LockIndex lock) {
    number[lock] = low[lock] = ++counter;
    open.push_back(lock);
    path.push_back(lock);
  };
  for (LockIndex root = 0; root < locks; ++root) {
    if (number[root] != 0 || start[root] == start[root + 1]) continue;
    enter(root);
    while (!path.empty()) {
      const LockIndex lock = path.back();
      if (next[lock] < start[lock + 1]) {
        const LockIndex successor = successors[next[lock]++];
        if (number[successor] == 0) {
          enter(successor);
        } else if (component[successor] == kNone) {
          low[lock] = std::min(low[lock], number[successor]);
        }
        continue;
      }
      path.pop_back();
      if (!path.empty()) low[path.back()] = std::min(low[path.back()], low[lock]);
      if (low[lock] != number[lock]) continue;
      LockIndex member;
      do {
        member = open.back();
        open.pop_back();
        component[member] = components;
      } while (member != lock);
      ++components;
    }
  }
  return component;
}

}  // namespace

std::vector<Component> FindComponents(const Asks& asks) {
  const std::size_t locks = asks.graph().locks.size();
  std::vector<RawEdge> edges = AllEdges(asks);
  Prune(edges, locks);
  const std::vector<std::uint32_t> component = ComponentOfEach(edges, locks);
  edges.erase(
      std::remove_if(edges.begin(), edges.end(),
                     [&](const RawEdge& e) { return component[e.from] != component[e.to]; }),
      edges.end());
  std::sort(edges.begin(), edges.end(), [&](const RawEdge& a, const RawEdge& b) {
    return std::tie(component[a.from], a.from, a.to, a.ask) <
           std::tie(component[b.from], b.from, b.to, b.ask);
  });
  std::vector<Component> components;
  std::uint32_t last = kNone;
  for (const RawEdge& e : edges) {
    if (component[e.from] != last) components.emplace_back();
    last = component[e.from];
    Component& here = components.back();
    // In a strongly connected component every lock is the source of an edge.
    if (here.locks.empty() || here.locks.back() != e.from) here.locks.push_back(e.from);
    if (here.edges.empty() || here.edges.back().from != e.from || here.edges.back().to != e.to) {
      here.edges.push_back(LockEdge{e.from, e.to, {}});
    }
    std::vector<std::uint32_t>& same = here.edges.back().asks;
    if (same.empty() || same.back() != e.ask) same.push_back(e.ask);
  }
  std::stable_sort(components.begin(), components.end(),
                   [](const Component& a, const Component& b) {
                     return std::tuple(a.locks.size(), a.edges.size(), a.locks.front()) <
                            std::tuple(b.locks.size(), b.edges.size(), b.locks.front());
                   });
  return components;
}

}  // namespace selvage::lockgraph
