#include "selvage/harness/lockgraph/asks.h"

#include <algorithm>

namespace selvage::lockgraph {
namespace {

const std::vector<HeldLock> kNothing;

bool Excludes(Mode a, Mode b) { return a == Mode::kExclusive || b == Mode::kExclusive; }

}  // namespace

Asks::Asks(const RecordedGraph& graph)
    : graph_(graph),
      is_signal_(graph.locks.size()),
      writers_(graph.locks.size()),
      touches_of_(graph.threads.size()),
      signals_of_(graph.locks.size()) {
  for (LockIndex i = 0; i < graph.locks.size(); ++i) {
    const Lock& lock = graph.locks[i];
    is_signal_[i] = lock.signalled || IsSignal(graph.classes[lock.lock_class].kind);
  }
  asks_.reserve(graph.dependencies.size());
  for (DependencyIndex i = 0; i < graph.dependencies.size(); ++i) {
    const Dependency& d = graph.dependencies[i];
    asks_.push_back(Ask{.thread = d.thread,
                        .target = d.target,
                        .mode = d.mode,
                        .kind = d.kind,
                        .fresh = d.fresh,
                        .dependency = i});
  }
  for (std::uint32_t i = 0; i < graph.touches.size(); ++i) {
    touches_of_[graph.touches[i].thread].push_back(i);
  }
  for (std::uint32_t i = 0; i < graph.signals.size(); ++i) {
    signals_of_[graph.signals[i].object].push_back(i);
  }
  AddObligations();
  AddWriters();
}

// A thread that signals E owes that to whoever waits for E. Whatever it asks for before is asked
// for while it owes. A thread that ends owes its end to its joiner.
void Asks::AddObligations() {
  // Only what somebody waits for with something held, and only by asking for what somebody holds.
  std::vector<bool> waited_for(graph_.locks.size());
  std::vector<bool> held_in_wait(graph_.locks.size());
  for (const Dependency& d : graph_.dependencies) {
    for (const HeldLock& held : d.held) held_in_wait[held.lock] = true;
    if (is_signal_[d.target]) waited_for[d.target] = true;
  }
  const auto add = [&](LockIndex object, ThreadIndex thread, std::uint32_t before,
                       std::uint32_t signal) {
    for (const std::uint32_t i : touches_of_[thread]) {
      const Touch& touch = graph_.touches[i];
      if (touch.at >= before || is_signal_[touch.lock] || !held_in_wait[touch.lock]) continue;
      asks_.push_back(Ask{.thread = thread,
                          .target = touch.lock,
                          .mode = touch.mode,
                          .kind = touch.kind,
                          .owes = object,
                          .touch = i,
                          .signal = signal});
    }
  };
  for (LockIndex object = 0; object < graph_.locks.size(); ++object) {
    if (!waited_for[object]) continue;
    const ThreadIndex ends = graph_.locks[object].thread;
    if (ends != kNone) add(object, ends, kNone, kNone);
    for (const std::uint32_t i : signals_of_[object]) {
      add(object, graph_.signals[i].thread, graph_.signals[i].before, i);
    }
  }
}

void Asks::AddWriters() {
  const auto has_readers = [&](LockIndex lock) {
    return graph_.classes[graph_.locks[lock].lock_class].kind == ObjectKind::kReadWriteLock;
  };
  for (const Ask& ask : asks_) {
    if (ask.dependency != kNone && ask.mode == Mode::kExclusive &&
        ask.kind != RequestKind::kTimed && has_readers(ask.target)) {
      writers_[ask.target].push_back(ask);
    }
  }
  for (std::uint32_t i = 0; i < graph_.touches.size(); ++i) {
    const Touch& touch = graph_.touches[i];
    if (!touch.bare || touch.mode != Mode::kExclusive || touch.kind == RequestKind::kTimed ||
        !has_readers(touch.lock)) {
      continue;
    }
    writers_[touch.lock].push_back(Ask{.thread = touch.thread,
                                       .target = touch.lock,
                                       .mode = touch.mode,
                                       .kind = touch.kind,
                                       .touch = i});
  }
}

const std::vector<HeldLock>& Asks::Held(const Ask& ask) const {
  return ask.dependency == kNone ? kNothing : graph_.dependencies[ask.dependency].held;
}

const std::vector<Moment>& Asks::Moments(const Ask& ask) const {
  return ask.dependency == kNone ? graph_.touches[ask.touch].moments
                                 : graph_.dependencies[ask.dependency].moments;
}

FrameIndex Asks::Site(const Ask& ask) const {
  return ask.dependency == kNone ? graph_.touches[ask.touch].site
                                 : graph_.dependencies[ask.dependency].site;
}

StackIndex Asks::Stack(const Ask& ask) const {
  return ask.dependency == kNone ? graph_.touches[ask.touch].stack
                                 : graph_.dependencies[ask.dependency].stack;
}

std::uint64_t Asks::Count(const Ask& ask) const {
  return ask.dependency == kNone ? 0 : graph_.dependencies[ask.dependency].count;
}

bool Asks::HasManyPermits(LockIndex lock) const { return graph_.locks[lock].permits > 1; }

const std::vector<Ask>& Asks::Writers(LockIndex lock) const { return writers_[lock]; }

bool Asks::CanBeSignalledWithout(LockIndex object, const std::vector<ThreadIndex>& threads,
                                 const std::vector<HeldLock>& held) const {
  const ObjectKind kind = graph_.classes[graph_.locks[object].lock_class].kind;
  // These wait for everybody, not for anybody.
  if (kind == ObjectKind::kBarrier || kind == ObjectKind::kThread) return false;
  for (const std::uint32_t i : signals_of_[object]) {
    const Signal& signal = graph_.signals[i];
    if (std::find(threads.begin(), threads.end(), signal.thread) != threads.end()) continue;
    bool needs_one = false;
    for (const std::uint32_t t : touches_of_[signal.thread]) {
      const Touch& touch = graph_.touches[t];
      if (touch.at >= signal.before) continue;
      needs_one |= std::any_of(held.begin(), held.end(), [&](const HeldLock& one) {
        return one.lock == touch.lock && Excludes(one.mode, touch.mode);
      });
    }
    if (!needs_one) return true;
  }
  return false;
}

}  // namespace selvage::lockgraph
