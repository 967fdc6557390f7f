#include "selvage/harness/lockgraph/merge.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace selvage::lockgraph {
namespace {

// Appends `from` to `to` with all its indices moved up.
void Append(const RecordedGraph& from, RecordedGraph& to) {
  const auto runs = static_cast<RunIndex>(to.runs.size());
  const auto classes = static_cast<ClassIndex>(to.classes.size());
  const auto locks = static_cast<LockIndex>(to.locks.size());
  const auto threads = static_cast<ThreadIndex>(to.threads.size());
  const auto frames = static_cast<FrameIndex>(to.frames.size());
  const auto stacks = static_cast<StackIndex>(to.stacks.size());
  const auto clocks = static_cast<ClockIndex>(to.clocks.size());
  const auto move = [](std::uint32_t& index, std::uint32_t by) {
    if (index != kNone) index += by;
  };
  const auto move_held = [&](std::vector<HeldLock>& held) {
    for (HeldLock& one : held) {
      move(one.lock, locks);
      move(one.site, frames);
      move(one.stack, stacks);
    }
  };
  const auto move_moments = [&](std::vector<Moment>& moments) {
    for (Moment& moment : moments) {
      move(moment.run, runs);
      move(moment.clock, clocks);
    }
  };
  to.locks_seen += from.locks_seen;
  to.runs.insert(to.runs.end(), from.runs.begin(), from.runs.end());
  to.classes.insert(to.classes.end(), from.classes.begin(), from.classes.end());
  to.frames.insert(to.frames.end(), from.frames.begin(), from.frames.end());
  for (Lock lock : from.locks) {
    move(lock.lock_class, classes);
    move(lock.thread, threads);
    move(lock.made, stacks);
    to.locks.push_back(lock);
  }
  for (Thread thread : from.threads) {
    move(thread.spawned_at, frames);
    move(thread.spawn_stack, stacks);
    move(thread.parent, threads);
    move(thread.joiner, threads);
    for (Cover& cover : thread.covers) {
      move(cover.lock, locks);
      move(cover.holder, threads);
    }
    for (Passage& passage : thread.passages) move(passage.once, locks);
    to.threads.push_back(thread);
  }
  for (Stack stack : from.stacks) {
    for (FrameIndex& frame : stack) move(frame, frames);
    to.stacks.push_back(stack);
  }
  for (Clock clock : from.clocks) {
    for (ClockEntry& entry : clock) move(entry.thread, threads);
    to.clocks.push_back(clock);
  }
  for (Dependency dependency : from.dependencies) {
    move(dependency.thread, threads);
    move(dependency.target, locks);
    move(dependency.site, frames);
    move(dependency.stack, stacks);
    move_held(dependency.held);
    move_moments(dependency.moments);
    to.dependencies.push_back(dependency);
  }
  for (Touch touch : from.touches) {
    move(touch.thread, threads);
    move(touch.lock, locks);
    move(touch.site, frames);
    move(touch.stack, stacks);
    move_moments(touch.moments);
    to.touches.push_back(touch);
  }
  for (Signal signal : from.signals) {
    move(signal.thread, threads);
    move(signal.object, locks);
    move(signal.site, frames);
    move(signal.stack, stacks);
    to.signals.push_back(signal);
  }
  to.confirmations.insert(to.confirmations.end(), from.confirmations.begin(),
                          from.confirmations.end());
  for (Occurrence occurrence : from.occurrences) {
    move(occurrence.run, runs);
    move(occurrence.signaller, threads);
    move(occurrence.signal_site, frames);
    for (OccurrencePart& part : occurrence.parts) {
      move(part.thread, threads);
      move(part.target, locks);
      move(part.site, frames);
      move(part.stack, stacks);
      move_held(part.held);
    }
    to.occurrences.push_back(occurrence);
  }
}

}  // namespace

RecordedGraph Merge(std::span<const RecordedGraph> graphs) {
  std::vector<const RecordedGraph*> in_order;
  for (const RecordedGraph& graph : graphs) in_order.push_back(&graph);
  std::sort(in_order.begin(), in_order.end(),
            [](const RecordedGraph* a, const RecordedGraph* b) { return *a < *b; });
  RecordedGraph merged;
  for (const RecordedGraph* graph : in_order) Append(*graph, merged);
  Canonicalise(merged);
  return merged;
}

}  // namespace selvage::lockgraph
