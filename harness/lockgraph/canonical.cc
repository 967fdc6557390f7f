// One order for everything in a graph, so that equal recordings are equal bytes.
#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "selvage/harness/lockgraph/graph.h"

namespace selvage::lockgraph {
namespace {

using Map = std::vector<std::uint32_t>;

std::uint32_t Mapped(const Map& map, std::uint32_t index) {
  return index == kNone ? kNone : map[index];
}

// Sorts `records` by `key` and unites neighbours for which `same` holds, with `unite(kept, other)`.
// Returns where each went.
template <typename Record, typename Key, typename Same, typename Unite>
Map SortAndUnite(std::vector<Record>& records, const Key& key, const Same& same,
                 const Unite& unite) {
  Map order(records.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return key(records[a]) < key(records[b]);
  });
  Map map(records.size());
  std::vector<Record> sorted;
  sorted.reserve(records.size());
  for (const std::uint32_t old : order) {
    if (!sorted.empty() && same(sorted.back(), records[old])) {
      unite(sorted.back(), records[old]);
    } else {
      sorted.push_back(std::move(records[old]));
    }
    map[old] = static_cast<std::uint32_t>(sorted.size() - 1);
  }
  records = std::move(sorted);
  return map;
}

template <typename Record>
void Keep(Record&, const Record&) {}

// Spawn paths by number, not by letter: "0.2" before "0.10".
std::vector<std::uint64_t> PathKey(std::string_view path) {
  std::vector<std::uint64_t> key;
  std::uint64_t number = 0;
  for (const char c : path) {
    if (c == '.') {
      key.push_back(number);
      number = 0;
    } else {
      number = number * 10 + static_cast<unsigned char>(c);
    }
  }
  key.push_back(number);
  return key;
}

void OrderFrames(RecordedGraph& graph) {
  const auto key = [](const SourceFrame& f) { return std::tie(f.file, f.line, f.function); };
  const Map map = SortAndUnite(graph.frames, key, std::equal_to<SourceFrame>(), Keep<SourceFrame>);
  for (Stack& stack : graph.stacks) {
    for (FrameIndex& frame : stack) frame = map[frame];
  }
  const auto remap = [&](FrameIndex& site) { site = Mapped(map, site); };
  for (Thread& thread : graph.threads) remap(thread.spawned_at);
  for (Touch& touch : graph.touches) remap(touch.site);
  for (Signal& signal : graph.signals) remap(signal.site);
  for (Dependency& dependency : graph.dependencies) {
    remap(dependency.site);
    for (HeldLock& held : dependency.held) remap(held.site);
  }
  for (Occurrence& occurrence : graph.occurrences) {
    remap(occurrence.signal_site);
    for (OccurrencePart& part : occurrence.parts) {
      remap(part.site);
      for (HeldLock& held : part.held) remap(held.site);
    }
  }
}

void OrderStacks(RecordedGraph& graph) {
  const auto key = [](const Stack& stack) -> const Stack& { return stack; };
  const Map map = SortAndUnite(graph.stacks, key, std::equal_to<Stack>(), Keep<Stack>);
  const auto remap = [&](StackIndex& stack) { stack = Mapped(map, stack); };
  for (Lock& lock : graph.locks) remap(lock.made);
  for (Thread& thread : graph.threads) remap(thread.spawn_stack);
  for (Touch& touch : graph.touches) remap(touch.stack);
  for (Signal& signal : graph.signals) remap(signal.stack);
  for (Dependency& dependency : graph.dependencies) {
    remap(dependency.stack);
    for (HeldLock& held : dependency.held) remap(held.stack);
  }
  for (Occurrence& occurrence : graph.occurrences) {
    for (OccurrencePart& part : occurrence.parts) {
      remap(part.stack);
      for (HeldLock& held : part.held) remap(held.stack);
    }
  }
}

void OrderClasses(RecordedGraph& graph) {
  const auto key = [](const LockClass& c) {
    return std::tie(c.name, c.type, c.scope, c.variable, c.member, c.file, c.line, c.column,
                    c.made_file, c.made_line, c.kind, c.recursive, c.reader_preference);
  };
  const Map map = SortAndUnite(graph.classes, key, std::equal_to<LockClass>(), Keep<LockClass>);
  for (Lock& lock : graph.locks) lock.lock_class = map[lock.lock_class];
}

void OrderThreads(RecordedGraph& graph) {
  const auto key = [](const Thread& t) {
    return std::tuple(PathKey(t.path), std::string_view(t.name), t.spawned_at, t.spawn_stack,
                      t.forked_at, t.joined_at);
  };
  // Two records are one thread only if their parents are, and so on: parents come first in the
  // order of paths, but who joined is known by path only.
  const std::vector<Thread> old = graph.threads;
  const auto path_of = [&](ThreadIndex thread) {
    return thread == kNone ? std::string_view() : std::string_view(old[thread].path);
  };
  const auto same = [&](const Thread& a, const Thread& b) {
    return a.path == b.path && a.name == b.name && a.spawned_at == b.spawned_at &&
           a.spawn_stack == b.spawn_stack && a.forked_at == b.forked_at &&
           a.joined_at == b.joined_at && path_of(a.parent) == path_of(b.parent) &&
           path_of(a.joiner) == path_of(b.joiner) && a.covers == b.covers &&
           a.passages == b.passages;
  };
  const Map map = SortAndUnite(graph.threads, key, same, Keep<Thread>);
  for (Thread& thread : graph.threads) {
    thread.parent = Mapped(map, thread.parent);
    thread.joiner = Mapped(map, thread.joiner);
    for (Cover& cover : thread.covers) cover.holder = map[cover.holder];
  }
  for (Lock& lock : graph.locks) lock.thread = Mapped(map, lock.thread);
  for (Clock& clock : graph.clocks) {
    for (ClockEntry& entry : clock) entry.thread = map[entry.thread];
    std::sort(clock.begin(), clock.end(),
              [](const ClockEntry& a, const ClockEntry& b) { return a.thread < b.thread; });
  }
  for (Dependency& dependency : graph.dependencies) dependency.thread = map[dependency.thread];
  for (Touch& touch : graph.touches) touch.thread = map[touch.thread];
  for (Signal& signal : graph.signals) signal.thread = map[signal.thread];
  for (Occurrence& occurrence : graph.occurrences) {
    occurrence.signaller = Mapped(map, occurrence.signaller);
    for (OccurrencePart& part : occurrence.parts) part.thread = map[part.thread];
  }
}

void OrderLocks(RecordedGraph& graph) {
  const auto key = [](const Lock& lock) {
    return std::tuple(lock.lock_class, std::string_view(lock.test), PathKey(lock.creator),
                      lock.made, std::string_view(lock.object), lock.siblings, lock.ordinal,
                      lock.thread);
  };
  const auto same = [&](const Lock& a, const Lock& b) {
    return a.creator == b.creator && key(a) == key(b);
  };
  const auto unite = [](Lock& a, const Lock& b) {
    a.signalled |= b.signalled;
    a.age = std::min(a.age, b.age);
    a.permits = std::max(a.permits, b.permits);
  };
  const Map map = SortAndUnite(graph.locks, key, same, unite);
  const auto remap_held = [&](std::vector<HeldLock>& held) {
    for (HeldLock& one : held) one.lock = map[one.lock];
  };
  for (Thread& thread : graph.threads) {
    for (Cover& cover : thread.covers) cover.lock = map[cover.lock];
    std::sort(thread.covers.begin(), thread.covers.end(), [](const Cover& a, const Cover& b) {
      return std::tie(a.lock, a.mode, a.holder) < std::tie(b.lock, b.mode, b.holder);
    });
    for (Passage& passage : thread.passages) passage.once = map[passage.once];
    std::sort(thread.passages.begin(), thread.passages.end(),
              [](const Passage& a, const Passage& b) {
                return std::tie(a.once, a.from) < std::tie(b.once, b.from);
              });
  }
  for (Dependency& dependency : graph.dependencies) {
    dependency.target = map[dependency.target];
    remap_held(dependency.held);
  }
  for (Touch& touch : graph.touches) touch.lock = map[touch.lock];
  for (Signal& signal : graph.signals) signal.object = map[signal.object];
  for (Occurrence& occurrence : graph.occurrences) {
    for (OccurrencePart& part : occurrence.parts) {
      part.target = map[part.target];
      remap_held(part.held);
    }
  }
}

void OrderClocks(RecordedGraph& graph) {
  const auto key = [](const Clock& clock) {
    std::vector<std::tuple<ThreadIndex, std::uint32_t, std::uint32_t>> entries;
    entries.reserve(clock.size());
    for (const ClockEntry& e : clock) entries.emplace_back(e.thread, e.strong, e.observed);
    return entries;
  };
  const Map map = SortAndUnite(graph.clocks, key, std::equal_to<Clock>(), Keep<Clock>);
  for (Dependency& dependency : graph.dependencies) {
    for (Moment& moment : dependency.moments) moment.clock = Mapped(map, moment.clock);
  }
  for (Touch& touch : graph.touches) {
    for (Moment& moment : touch.moments) moment.clock = Mapped(map, moment.clock);
  }
}

void OrderMoments(RecordedGraph& graph, std::vector<Moment>& moments) {
  const auto key = [](const Moment& m) { return std::tie(m.run, m.strong, m.observed, m.clock); };
  std::sort(moments.begin(), moments.end(),
            [&](const Moment& a, const Moment& b) { return key(a) < key(b); });
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  if (moments.size() <= kMomentsKept) return;
  // No run is left out: what is ordered in one may be concurrent in another.
  std::size_t runs = 1;
  for (std::size_t i = 1; i < moments.size(); ++i) runs += moments[i].run != moments[i - 1].run;
  const std::size_t quota = std::max<std::size_t>(1, kMomentsKept / runs);
  std::size_t kept = 0;
  std::size_t of_run = 0;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    of_run = i > 0 && moments[i].run == moments[i - 1].run ? of_run + 1 : 1;
    if (of_run <= quota) {
      // In place: what is written was read before.
      const Moment moment = moments[i];
      moments[kept++] = moment;
    } else {
      ++graph.runs[moments[i].run].moments_dropped;
    }
  }
  moments.resize(kept);
}

void OrderEvents(RecordedGraph& graph) {
  const auto append = [](auto& kept, const auto& other) {
    kept.moments.insert(kept.moments.end(), other.moments.begin(), other.moments.end());
  };
  const auto dependency_key = [](const Dependency& d) {
    return std::tie(d.thread, d.target, d.mode, d.kind, d.fresh, d.site, d.stack);
  };
  const auto held_less = [](const HeldLock& a, const HeldLock& b) {
    return std::tie(a.lock, a.mode, a.fresh, a.site, a.stack) <
           std::tie(b.lock, b.mode, b.fresh, b.site, b.stack);
  };
  // By key, then by what is held; compared in place, since there may be millions.
  struct Key {
    const Dependency* dependency;
    decltype(dependency_key)* key;
    decltype(held_less)* less;
    bool operator<(const Key& other) const {
      const auto a = (*key)(*dependency), b = (*key)(*other.dependency);
      if (a != b) return a < b;
      return std::lexicographical_compare(dependency->held.begin(), dependency->held.end(),
                                          other.dependency->held.begin(),
                                          other.dependency->held.end(), *less);
    }
  };
  SortAndUnite(
      graph.dependencies,
      [&](const Dependency& d) {
        return Key{&d, &dependency_key, &held_less};
      },
      [&](const Dependency& a, const Dependency& b) {
        return dependency_key(a) == dependency_key(b) && a.held == b.held;
      },
      [&](Dependency& kept, const Dependency& other) {
        kept.count += other.count;
        append(kept, other);
      });
  const auto touch_key = [](const Touch& t) {
    return std::tie(t.thread, t.lock, t.mode, t.kind, t.site, t.stack);
  };
  SortAndUnite(
      graph.touches, touch_key,
      [&](const Touch& a, const Touch& b) { return touch_key(a) == touch_key(b); },
      [&](Touch& kept, const Touch& other) {
        kept.at = std::min(kept.at, other.at);
        kept.bare |= other.bare;
        append(kept, other);
      });
  const auto signal_key = [](const Signal& s) {
    return std::tie(s.thread, s.object, s.site, s.stack);
  };
  SortAndUnite(
      graph.signals, signal_key,
      [&](const Signal& a, const Signal& b) { return signal_key(a) == signal_key(b); },
      [&](Signal& kept, const Signal& other) {
        kept.before = std::max(kept.before, other.before);
        kept.count += other.count;
      });
  SortAndUnite(
      graph.occurrences,
      [](const Occurrence& o) {
        std::vector<std::tuple<ThreadIndex, LockIndex, Mode, FrameIndex>> parts;
        for (const OccurrencePart& p : o.parts) {
          parts.emplace_back(p.thread, p.target, p.mode, p.site);
        }
        return std::tuple(o.kind, o.run, parts, o.signaller, o.signal_site);
      },
      std::equal_to<Occurrence>(), Keep<Occurrence>);
  SortAndUnite(
      graph.confirmations,
      [](const Confirmation& c) {
        return std::tuple(std::string_view(c.fingerprint), c.replay_token.empty(),
                          std::string_view(c.replay_token), std::string_view(c.not_tried));
      },
      [](const Confirmation& a, const Confirmation& b) { return a.fingerprint == b.fingerprint; },
      [](Confirmation& kept, const Confirmation& other) {
        kept.schedules += other.schedules;
        if (!kept.replay_token.empty() || kept.schedules != 0) kept.not_tried.clear();
      });
  for (Dependency& dependency : graph.dependencies) OrderMoments(graph, dependency.moments);
  for (Touch& touch : graph.touches) OrderMoments(graph, touch.moments);
}

}  // namespace

void Canonicalise(RecordedGraph& graph) {
  OrderFrames(graph);
  OrderStacks(graph);
  OrderClasses(graph);
  // Threads are told apart by what covers them, ends of threads by their threads: what one round
  // unites may make others equal.
  std::size_t threads = 0;
  std::size_t locks = 0;
  do {
    threads = graph.threads.size();
    locks = graph.locks.size();
    OrderThreads(graph);
    OrderLocks(graph);
  } while (graph.threads.size() != threads || graph.locks.size() != locks);
  OrderClocks(graph);
  OrderEvents(graph);
}

}  // namespace selvage::lockgraph
