// Deadlocks that happen while the program is recorded.
#include <algorithm>
#include <utility>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {

// A thread publishes what it is blocked on before it sleeps, and then looks for a circle of blocked
// threads back to itself. The store and the loads are sequentially consistent, so of threads that
// close a circle together, the last one sees it whole. What a blocked thread has published does not
// change, and it releases nothing; so if the owners and wait counts met on the way are the same
// when they are read again, the circle existed between the two readings, and exists for ever.
void ThreadContext::OnContended(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  if (tag_ == 0) return;
  const SlowScope inside;
  Block(recorder_->Resolve(lock), mode, site);
}

void ThreadContext::OnJoinContended(const ForkToken& child, std::uintptr_t site) {
  if (tag_ == 0) return;
  const SlowScope inside;
  Block(recorder_->EndOf(*child.thread), Mode::kExclusive, site);
}

void ThreadContext::OnContentionOver() {
  if (tag_ == 0) return;
  wait_count_.fetch_add(1, std::memory_order_seq_cst);
}

void ThreadContext::Block(LockRecord& lock, Mode mode, std::uintptr_t site) {
  blocked_on_.store(&lock, std::memory_order_relaxed);
  blocked_mode_.store(mode, std::memory_order_relaxed);
  blocked_site_.store(site, std::memory_order_relaxed);
  wait_count_.fetch_add(1, std::memory_order_seq_cst);
  Array<ThreadContext*> path;
  if (!recorder_->FindCircle(*this, path)) return;
  recorder_->NoteDeadlock(path);
  if (recorder_->deadlock_handler_) recorder_->deadlock_handler_();
}

namespace {

bool IsBlocked(std::uint32_t wait_count) { return wait_count % 2 == 1; }

}  // namespace

// Fills `path` with blocked threads, each waiting for the next and the last for `start`, which is
// the first.
bool Recorder::FindCircle(ThreadContext& start, Array<ThreadContext*>& path) {
  Array<std::uint32_t> counts;       // of path, when it was entered
  Array<std::uint32_t> next_choice;  // of path: the contexts before it were tried
  Array<std::uint32_t> seen;         // tags
  path.Append(&start);
  counts.Append(start.wait_count_.load(std::memory_order_seq_cst));
  next_choice.Append(0);
  seen.Append(start.tag_);

  runtime::SpinLockHolder guard(lock_);
  // Whether `other` keeps `waiter` from going on.
  const auto blocks = [](const ThreadContext& other, const ThreadContext& waiter) {
    const LockRecord* lock = waiter.blocked_on_.load(std::memory_order_relaxed);
    if (lock->thread != nullptr) return other.record_ == lock->thread;
    // Whoever comes along may give a permit, or may give back another one.
    if (lock->signalled.load(std::memory_order_relaxed) || lock->permits != 1) return false;
    const std::uint32_t owner = lock->owner.load(std::memory_order_seq_cst);
    if (owner != 0) return owner == other.tag_;
    if (lock->origin->properties.kind != ObjectKind::kReadWriteLock) return false;
    for (std::uint32_t i = 0; i < other.depth_; ++i) {
      if (other.holds_[i].record == lock && other.holds_[i].lock == lock->id) {
        return waiter.blocked_mode_.load(std::memory_order_relaxed) == Mode::kExclusive;
      }
    }
    // Readers queue behind a writer that waits.
    return waiter.blocked_mode_.load(std::memory_order_relaxed) == Mode::kShared &&
           !lock->origin->properties.reader_preference &&
           other.blocked_on_.load(std::memory_order_relaxed) == lock &&
           other.blocked_mode_.load(std::memory_order_relaxed) == Mode::kExclusive;
  };
  while (path.size() != 0) {
    const std::uint32_t last = path.size() - 1;
    ThreadContext& waiter = *path[last];
    if (last != 0 && blocks(start, waiter)) {
      bool same = true;
      for (std::uint32_t i = 0; i <= last; ++i) {
        same &= blocks(*path[i == last ? 0 : i + 1], *path[i]) &&
                path[i]->wait_count_.load(std::memory_order_seq_cst) == counts[i];
      }
      if (same) return true;
    }
    ThreadContext* next = nullptr;
    while (next == nullptr && next_choice[last] < contexts_.size()) {
      ThreadContext* candidate = contexts_[next_choice[last]++];
      const std::uint32_t count = candidate->wait_count_.load(std::memory_order_seq_cst);
      if (!IsBlocked(count) || std::find(seen.begin(), seen.end(), candidate->tag_) != seen.end() ||
          !blocks(*candidate, waiter)) {
        continue;
      }
      next = candidate;
      counts.Append(count);
    }
    if (next != nullptr) {
      path.Append(next);
      next_choice.Append(0);
      seen.Append(next->tag_);
    } else {
      path.Resize(last);
      counts.Resize(last);
      next_choice.Resize(last);
    }
  }
  return false;
}

// What `context`, which is blocked or the caller, asks for. Its own record if it is new.
DependencyRecord* Recorder::RequestOf(ThreadContext& context, LockRecord& target, Mode mode,
                                      std::uintptr_t site) {
  DependencyRecord* found = nullptr;
  {
    runtime::SpinLockHolder guard(context.record_->lock);
    context.record_->dependencies->ForEach([&](DependencyRecord& known) {
      if (known.target != &target || known.mode != mode || known.site != site) return;
      if (known.held_count != context.depth_) return;
      for (std::uint32_t i = 0; i < known.held_count; ++i) {
        if (known.held()[i].record != context.holds_[i].record) return;
      }
      found = &known;
    });
  }
  if (found != nullptr) return found;
  runtime::SpinLockHolder guard(lock_);
  found = arena_.New<DependencyRecord>(context.depth_ * sizeof(DependencyRecord::HeldLock));
  found->target = &target;
  found->mode = mode;
  found->site = site;
  found->held_count = context.depth_;
  for (std::uint32_t i = 0; i < context.depth_; ++i) {
    const Hold& hold = context.holds_[i];
    found->held()[i] = {hold.record, hold.site, hold.mode, hold.fresh};
    hold.record->pinned.store(true, std::memory_order_relaxed);
  }
  target.pinned.store(true, std::memory_order_relaxed);
  return found;
}

void Recorder::NoteDeadlock(const Array<ThreadContext*>& path) {
  OccurrenceRecord occurrence;
  occurrence.kind = OccurrenceKind::kDeadlock;
  for (ThreadContext* context : path) {
    occurrence.threads.push_back(context->record_);
    occurrence.requests.push_back(
        RequestOf(*context, *context->blocked_on_.load(std::memory_order_relaxed),
                  context->blocked_mode_.load(std::memory_order_relaxed),
                  context->blocked_site_.load(std::memory_order_relaxed)));
  }
  runtime::SpinLockHolder guard(lock_);
  NoteLocked(std::move(occurrence));
}

void Recorder::NoteSelfDeadlock(ThreadContext& context, DependencyRecord& request,
                                OccurrenceKind kind) {
  runtime::SpinLockHolder guard(lock_);
  OccurrenceRecord occurrence;
  occurrence.kind = kind;
  occurrence.threads.push_back(context.record_);
  occurrence.requests.push_back(&request);
  NoteLocked(std::move(occurrence));
}

bool Recorder::IsAskedForByOthers(const LockRecord& lock, const ThreadRecord& than) {
  Array<ThreadRecord*> threads;
  {
    runtime::SpinLockHolder guard(lock_);
    for (ThreadRecord* thread : threads_) threads.Append(thread);
  }
  bool found = false;
  for (ThreadRecord* thread : threads) {
    if (thread == &than) continue;
    runtime::SpinLockHolder guard(thread->lock);
    thread->touches->ForEach(
        [&](const TouchRecord& touch) { found |= touch.record == &lock && touch.id == lock.id; });
  }
  return found;
}

// Threads that wait although what they wait for was signalled before they looked. A condition's own
// wait does not say whether its caller has looked. Then it is evidence that a whole repeated run
// has ended, where nobody can signal any more; or that no other thread has ever asked for the lock
// the condition is waited for with, so that whatever the notification was about, under that lock
// nobody could have looked at it.
void Recorder::NoteLostWakeups() {
  for (ThreadContext* context : contexts_) {
    LockRecord* condition = context->waiting_for_;
    if (condition == nullptr || !context->lost_before_) continue;
    if (context->waiting_predicate_ == WaitPredicate::kChecked) continue;
    if (context->waiting_predicate_ == WaitPredicate::kUnknown && runs_ == Runs::kOnce &&
        IsAskedForByOthers(*context->waiting_with_, *context->record_)) {
      continue;
    }
    DependencyRecord* request =
        RequestOf(*context, *condition, Mode::kExclusive, context->waiting_site_);
    if (request->stack == nullptr) request->stack = context->waiting_stack_;
    runtime::SpinLockHolder guard(lock_);
    OccurrenceRecord occurrence;
    occurrence.kind = OccurrenceKind::kLostWakeup;
    occurrence.threads.push_back(context->record_);
    occurrence.requests.push_back(request);
    occurrence.signaller = condition->lost_by;
    occurrence.signal_site = condition->lost_site;
    NoteLocked(std::move(occurrence));
  }
}

void Recorder::NoteLocked(OccurrenceRecord occurrence) {
  const bool known = std::any_of(occurrences_.begin(), occurrences_.end(), [&](const auto& other) {
    return other.kind == occurrence.kind && other.threads == occurrence.threads &&
           other.requests == occurrence.requests;
  });
  if (!known) occurrences_.push_back(std::move(occurrence));
}

}  // namespace selvage::lockgraph
