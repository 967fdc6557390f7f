#include "selvage/harness/lockgraph/cycle_watch.h"

#include <algorithm>
#include <utility>

namespace selvage::lockgraph {

bool CycleWatch::HasNews() {
  recorder_.NoteLostWakeups();
  std::vector<std::pair<ThreadRecord*, bool>> threads;  // whether it lives
  bool happened;
  {
    runtime::SpinLockHolder guard(recorder_.lock_);
    const std::size_t recorded = recorder_.arena_.used();
    if (recorded == std::exchange(recorded_, recorded)) return false;
    happened = recorder_.occurrences_.size() != occurrences_;
    occurrences_ = recorder_.occurrences_.size();
    for (ThreadRecord* thread : living_) threads.emplace_back(thread, thread->context != nullptr);
    for (; next_thread_ < recorder_.threads_.size(); ++next_thread_) {
      ThreadRecord* const thread = recorder_.threads_[next_thread_];
      threads.emplace_back(thread, thread->context != nullptr);
    }
  }
  if (has_cycle_) return true;
  living_.clear();
  for (const auto& [thread, lives] : threads) {
    Read(*thread);
    if (lives) living_.push_back(thread);
  }
  has_cycle_ = HasCycleBehindNewEdges();
  return has_cycle_ || happened;
}

CycleWatch::Node CycleWatch::NodeOf(const void* record) {
  const auto [found, added] = nodes_.try_emplace(record, static_cast<Node>(successors_.size()));
  if (added) successors_.emplace_back();
  return found->second;
}

void CycleWatch::AddEdge(const void* from, const void* to) {
  const Node tail = NodeOf(from);
  const Node head = NodeOf(to);
  std::vector<Node>& known = successors_[tail];
  const auto place = std::lower_bound(known.begin(), known.end(), head);
  if (place != known.end() && *place == head) return;
  known.insert(place, head);
  heads_.push_back(head);
}

// What is asked for waits for its holders, so a lock leads to what is asked for under it; a signal
// to those who send it, and they, or a thread that is joined, to the locks they ask for.
void CycleWatch::Read(ThreadRecord& thread) {
  runtime::SpinLockHolder guard(thread.lock);
  thread.dependencies->ForEach([&](const DependencyRecord& dependency) {
    auto& record = const_cast<DependencyRecord&>(dependency);
    for (std::uint32_t i = 0; i < record.held_count; ++i) {
      AddEdge(record.held()[i].record, record.target);
    }
    if (record.target->thread != nullptr) AddEdge(record.target, record.target->thread);
  });
  thread.signals->ForEach([&](const SignalRecord& signal) { AddEdge(signal.record, &thread); });
  thread.touches->ForEach([&](const TouchRecord& touch) {
    const bool is_gone = touch.id != touch.record->id;
    if (is_gone || IsSignal(touch.record->origin->properties.kind)) return;
    AddEdge(&thread, touch.record);
  });
}

// Whoever is on a cycle that was not there before can be reached from a new edge. Depth-first, with
// a stack of its own: chains of locks may be long.
bool CycleWatch::HasCycleBehindNewEdges() {
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  std::unordered_map<Node, State> states;
  struct Step {
    Node node;
    std::size_t next;
  };
  std::vector<Step> path;
  for (const Node head : heads_) {
    if (states[head] != State::kNew) continue;
    states[head] = State::kOpen;
    path.push_back({head, 0});
    while (!path.empty()) {
      Step& step = path.back();
      if (step.next == successors_[step.node].size()) {
        states[step.node] = State::kDone;
        path.pop_back();
        continue;
      }
      const Node next = successors_[step.node][step.next++];
      State& state = states[next];
      if (state == State::kOpen) return true;
      if (state == State::kDone) continue;
      state = State::kOpen;
      path.push_back({next, 0});
    }
  }
  heads_.clear();
  return false;
}

}  // namespace selvage::lockgraph
