#include "selvage/harness/lockgraph/judge.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace selvage::lockgraph {
namespace {

bool Excludes(Mode a, Mode b) { return a == Mode::kExclusive || b == Mode::kExclusive; }

void Weaken(Judgement& judgement, Verdict verdict) {
  judgement.verdict = std::max(judgement.verdict, verdict);
}

// Combinations of moments tried before a cycle counts as concurrent. Reached only by cycles of many
// parts that each happened many times.
constexpr int kCombinations = 20'000;

}  // namespace

std::optional<Judgement> Judge::operator()(const std::vector<Link>& links) const {
  Judgement judgement;
  std::vector<std::size_t> needs_writer;
  bool has_signal = false;
  for (std::size_t i = 0; i < links.size(); ++i) {
    bool needs_one = false;
    if (!Conflict(links, i, needs_one)) return std::nullopt;
    if (needs_one) needs_writer.push_back(i);
    has_signal |= links[i].ask.owes != kNone;
  }
  switch (ThreadsOf(links)) {
    case Threads::kMixed:
      return std::nullopt;
    case Threads::kOne:
      // A thread does not wait for its own signal and hold the lock it needs for it: it would have
      // to be in two places.
      if (has_signal || !needs_writer.empty()) return std::nullopt;
      judgement.verdict = Verdict::kSingleThread;
      return judgement;
    case Threads::kDistinct:
      break;
  }
  if (!FindWriters(links, needs_writer, judgement.writers)) return std::nullopt;
  if (!needs_writer.empty()) Weaken(judgement, Verdict::kHazard);
  if (has_signal) {
    std::vector<ThreadIndex> threads;
    std::vector<HeldLock> held;
    for (const Link& link : links) {
      threads.push_back(link.ask.thread);
      const std::vector<HeldLock>& holds = asks_.Held(link.ask);
      held.insert(held.end(), holds.begin(), holds.end());
    }
    for (const Link& link : links) {
      if (link.ask.owes != kNone && asks_.CanBeSignalledWithout(link.ask.owes, threads, held)) {
        return std::nullopt;
      }
    }
    Weaken(judgement, Verdict::kCommunication);
  }
  return Weigh(links, std::move(judgement));
}

std::optional<Judgement> Judge::Pool(const std::vector<Link>& links) const {
  if (ThreadsOf(links) != Threads::kDistinct) return std::nullopt;
  return Weigh(links, Judgement());
}

// Takes into account all that may keep the parts from happening at once.
std::optional<Judgement> Judge::Weigh(const std::vector<Link>& links, Judgement judgement) const {
  for (std::size_t i = 0; i < links.size(); ++i) {
    const Link& link = links[i];
    bool fresh = link.ask.fresh;
    for (const HeldLock& held : asks_.Held(link.ask)) {
      fresh |= held.lock == link.holds && held.fresh;
    }
    if (fresh && judgement.verdict < Verdict::kInitialization) {
      judgement.first = i;
      Weaken(judgement, Verdict::kInitialization);
    }
  }
  // One that gives up lets go of what the others wait for.
  const auto gives_up = std::find_if(links.begin(), links.end(), [](const Link& link) {
    return link.ask.kind == RequestKind::kTimed;
  });
  if (gives_up != links.end() && judgement.verdict < Verdict::kTimed) {
    judgement.first = static_cast<std::size_t>(gives_up - links.begin());
    Weaken(judgement, Verdict::kTimed);
  }
  if (!FindGuards(links, judgement)) return std::nullopt;
  FindCover(links, judgement);
  switch (BestRelation(links, judgement)) {
    case Relation::kConcurrent:
      break;
    case Relation::kObserved:
      Weaken(judgement, Verdict::kOrderedObserved);
      break;
    case Relation::kStrong:
      Weaken(judgement, Verdict::kOrdered);
      break;
  }
  return judgement;
}

std::optional<Judgement> Judge::Again(const Ask& ask) const {
  Judgement judgement;
  const std::vector<HeldLock>& held = asks_.Held(ask);
  const auto own = std::find_if(held.begin(), held.end(),
                                [&](const HeldLock& one) { return one.lock == ask.target; });
  // Another permit may be left.
  if (own == held.end() || asks_.HasManyPermits(ask.target)) return std::nullopt;
  if (Excludes(own->mode, ask.mode)) {
    // Without a deadline it is an occurrence.
    if (ask.kind != RequestKind::kTimed) return std::nullopt;
    judgement.verdict = Verdict::kTimed;
    return judgement;
  }
  judgement.verdict = ask.kind == RequestKind::kTimed ? Verdict::kTimed : Verdict::kHazard;
  if (!FindWriters({Link{ask, ask.target}}, {0}, judgement.writers)) return std::nullopt;
  return judgement;
}

Judge::Threads Judge::ThreadsOf(const std::vector<Link>& links) const {
  std::size_t same = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      ++pairs;
      same += order_.SameThread(links[i].ask.thread, links[j].ask.thread);
    }
  }
  if (same == 0) return Threads::kDistinct;
  return same == pairs ? Threads::kOne : Threads::kMixed;
}

// Whether links[link] has to wait for the next one; `needs_writer` if it only does so behind a
// queued writer.
bool Judge::Conflict(const std::vector<Link>& links, std::size_t link, bool& needs_writer) const {
  const Ask& waits = links[link].ask;
  const Link& next = links[(link + 1) % links.size()];
  if (next.ask.owes != kNone) return true;
  // Several must hold a counting semaphore before anybody waits for it.
  if (asks_.HasManyPermits(waits.target)) return false;
  bool readers_only = false;
  for (const HeldLock& held : asks_.Held(next.ask)) {
    if (held.lock != waits.target) continue;
    if (Excludes(waits.mode, held.mode)) return true;
    readers_only = true;
  }
  if (!readers_only) return false;
  const RecordedGraph& graph = asks_.graph();
  if (graph.classes[graph.locks[waits.target].lock_class].reader_preference) return false;
  needs_writer = true;
  return true;
}

bool Judge::Blocks(const Ask& waits, const Ask& other) const {
  const std::vector<HeldLock>& held = asks_.Held(other);
  return std::any_of(held.begin(), held.end(), [&](const HeldLock& one) {
    return one.lock == waits.target && Excludes(waits.mode, one.mode);
  });
}

bool Judge::Compatible(const Ask& a, const Ask& b) const {
  if (order_.SameThread(a.thread, b.thread)) return false;
  for (const HeldLock& x : asks_.Held(a)) {
    for (const HeldLock& y : asks_.Held(b)) {
      if (x.lock == y.lock && Excludes(x.mode, y.mode) && !asks_.IsSignalObject(x.lock) &&
          !asks_.HasManyPermits(x.lock)) {
        return false;
      }
    }
  }
  const bool common_run = HaveCommonRun(a, b);
  if (asks_.Moments(a).empty() || asks_.Moments(b).empty()) return true;
  for (const Moment& at_a : asks_.Moments(a)) {
    for (const Moment& at_b : asks_.Moments(b)) {
      if (Between(a, at_a, b, at_b, common_run) != Relation::kStrong) return true;
    }
  }
  return false;
}

bool Judge::FindWriters(const std::vector<Link>& links, const std::vector<std::size_t>& needed,
                        std::vector<QueuedWriter>& writers) const {
  if (writers.size() == needed.size()) return true;
  const std::size_t link = needed[writers.size()];
  for (const Ask& writer : asks_.Writers(links[link].ask.target)) {
    const bool fits =
        std::all_of(links.begin(), links.end(),
                    [&](const Link& other) { return Compatible(writer, other.ask); }) &&
        std::all_of(writers.begin(), writers.end(),
                    [&](const QueuedWriter& other) { return Compatible(writer, other.ask); });
    if (!fits) continue;
    writers.push_back(QueuedWriter{link, writer});
    if (FindWriters(links, needed, writers)) return true;
    writers.pop_back();
  }
  return false;
}

bool Judge::FindGuards(const std::vector<Link>& links, Judgement& judgement) const {
  std::vector<std::pair<LockIndex, std::uint32_t>> permits_taken;
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (const HeldLock& x : asks_.Held(links[i].ask)) {
      if (asks_.IsSignalObject(x.lock)) continue;
      if (asks_.HasManyPermits(x.lock)) {
        auto taken = std::find_if(permits_taken.begin(), permits_taken.end(),
                                  [&](const auto& one) { return one.first == x.lock; });
        if (taken == permits_taken.end()) {
          taken = permits_taken.insert(permits_taken.end(), {x.lock, 0});
        }
        ++taken->second;
        continue;
      }
      for (std::size_t j = 0; j < i; ++j) {
        for (const HeldLock& y : asks_.Held(links[j].ask)) {
          if (x.lock != y.lock || !Excludes(x.mode, y.mode)) continue;
          // Held by two parts and asked for by one: there is a shorter cycle, or none.
          for (const Link& link : links) {
            if (link.ask.target == x.lock) return false;
          }
          if (judgement.guards.empty()) {
            judgement.first = j;
            judgement.second = i;
          }
          if (std::find(judgement.guards.begin(), judgement.guards.end(), x.lock) ==
              judgement.guards.end()) {
            judgement.guards.push_back(x.lock);
          }
        }
      }
    }
  }
  const RecordedGraph& graph = asks_.graph();
  for (const auto& [semaphore, taken] : permits_taken) {
    if (taken > graph.locks[semaphore].permits) {
      judgement.guards.push_back(semaphore);
    }
  }
  if (!judgement.guards.empty()) Weaken(judgement, Verdict::kGuarded);
  return true;
}

// A lock held by a thread around another one's whole life guards that other one against everybody
// but the holder itself: against what the holder does meanwhile it is no guard, nor against others
// whose lives it also covers.
void Judge::FindCover(const std::vector<Link>& links, Judgement& judgement) const {
  if (!judgement.guards.empty()) return;
  const std::vector<Thread>& threads = asks_.graph().threads;
  // A thread's covers are those of its ancestors too, as long as each is waited for within its
  // parent's life.
  const auto for_each_cover = [&](ThreadIndex thread, const auto& visit) {
    while (thread != kNone) {
      for (const Cover& cover : threads[thread].covers) visit(cover);
      if (threads[thread].joiner != threads[thread].parent) return;
      thread = threads[thread].parent;
    }
  };
  for (std::size_t i = 0; i < links.size(); ++i) {
    for_each_cover(links[i].ask.thread, [&](const Cover& cover) {
      for (std::size_t j = 0; j < links.size(); ++j) {
        if (j == i || order_.SameThread(links[j].ask.thread, cover.holder)) continue;
        bool kept_out = false;
        for (const HeldLock& held : asks_.Held(links[j].ask)) {
          kept_out |= held.lock == cover.lock && Excludes(held.mode, cover.mode);
        }
        for_each_cover(links[j].ask.thread, [&](const Cover& other) {
          kept_out |= other.lock == cover.lock && Excludes(other.mode, cover.mode) &&
                      !order_.SameThread(other.holder, cover.holder);
        });
        if (!kept_out || !judgement.guards.empty()) continue;
        judgement.guards.push_back(cover.lock);
        judgement.cover_holder = cover.holder;
        judgement.first = i;
        judgement.second = j;
        Weaken(judgement, Verdict::kGuarded);
      }
    });
  }
}

bool Judge::HaveCommonRun(const Ask& a, const Ask& b) const {
  for (const Moment& x : asks_.Moments(a)) {
    for (const Moment& y : asks_.Moments(b)) {
      if (x.run == y.run) return true;
    }
  }
  return false;
}

// Whether `inside` is part of the function of a call_once, and `after` knows that it is done: they
// never happen at once, whoever does them.
bool Judge::ComesAfterOnce(const Ask& inside, const Ask& after, const Moment& at) const {
  const RecordedGraph& graph = asks_.graph();
  for (const HeldLock& held : asks_.Held(inside)) {
    if (graph.classes[graph.locks[held.lock].lock_class].kind != ObjectKind::kOnce) continue;
    std::uint32_t until = at.strong;
    for (ThreadIndex thread = after.thread; thread != kNone;) {
      for (const Passage& passage : graph.threads[thread].passages) {
        if (passage.once == held.lock && passage.from <= until) return true;
      }
      until = graph.threads[thread].forked_at;
      thread = graph.threads[thread].parent;
    }
  }
  return false;
}

// Positions of different runs say nothing about one another: where a run has both, only that one
// counts; where none has, another run may well bring them together.
Relation Judge::Between(const Ask& a, const Moment& at_a, const Ask& b, const Moment& at_b,
                        bool common_run) const {
  if (ComesAfterOnce(a, b, at_b) || ComesAfterOnce(b, a, at_a)) return Relation::kStrong;
  if (at_a.run == at_b.run) return order_.Between(a.thread, at_a, b.thread, at_b);
  return common_run ? Relation::kStrong : Relation::kConcurrent;
}

// The weakest order that holds between the parts, over all choices of when each of them happened.
Relation Judge::BestRelation(const std::vector<Link>& links, Judgement& judgement) const {
  const std::size_t parts = links.size();
  std::vector<bool> common(parts * parts);
  for (std::size_t i = 0; i < parts; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      common[i * parts + j] = HaveCommonRun(links[i].ask, links[j].ask) ||
                              asks_.Moments(links[i].ask).empty() ||
                              asks_.Moments(links[j].ask).empty();
      judgement.merged |= !common[i * parts + j];
    }
  }
  int left = kCombinations;
  std::vector<const Moment*> chosen(parts);
  std::pair<std::size_t, std::size_t> ordered;
  std::function<bool(std::size_t, Relation)> choose = [&](std::size_t part, Relation allowed) {
    if (part == parts) return true;
    if (asks_.Moments(links[part].ask).empty()) {
      chosen[part] = nullptr;
      return choose(part + 1, allowed);
    }
    for (const Moment& moment : asks_.Moments(links[part].ask)) {
      if (--left <= 0) return true;
      bool fits = true;
      for (std::size_t j = 0; j < part && fits; ++j) {
        if (chosen[j] == nullptr) continue;
        const Relation relation =
            Between(links[part].ask, moment, links[j].ask, *chosen[j], common[part * parts + j]);
        fits = relation <= allowed;
        if (!fits) ordered = {j, part};
      }
      chosen[part] = &moment;
      if (fits && choose(part + 1, allowed)) return true;
    }
    return false;
  };
  if (choose(0, Relation::kConcurrent)) return Relation::kConcurrent;
  if (choose(0, Relation::kObserved)) return Relation::kObserved;
  if (judgement.guards.empty()) std::tie(judgement.first, judgement.second) = ordered;
  return Relation::kStrong;
}

}  // namespace selvage::lockgraph
