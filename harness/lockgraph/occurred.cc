// What goes wrong while the program is recorded.
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

void ThreadContext::OnWaitForItself() {
  if (tag_ != 0) recorder_->handlers_.deadlock();
}

void ThreadContext::Block(LockRecord& lock, Mode mode, std::uintptr_t site) {
  blocked_on_.store(&lock, std::memory_order_relaxed);
  blocked_mode_.store(mode, std::memory_order_relaxed);
  blocked_site_.store(site, std::memory_order_relaxed);
  wait_count_.fetch_add(1, std::memory_order_seq_cst);
  Array<ThreadContext*> path;
  if (!recorder_->FindCircle(*this, path)) return;
  recorder_->NoteDeadlock(path);
  recorder_->handlers_.deadlock();
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

// What `thread` asks for, with these locks held. Its own record if it is new.
DependencyRecord* Recorder::RequestOf(ThreadRecord& thread, const Hold* holds, std::uint32_t depth,
                                      LockRecord& target, Mode mode, std::uintptr_t site) {
  DependencyRecord* found = nullptr;
  {
    runtime::SpinLockHolder guard(thread.lock);
    thread.dependencies->ForEach([&](DependencyRecord& known) {
      if (known.target != &target || known.mode != mode || known.site != site) return;
      if (known.held_count != depth) return;
      for (std::uint32_t i = 0; i < known.held_count; ++i) {
        if (known.held()[i].record != holds[i].record) return;
      }
      found = &known;
    });
  }
  if (found != nullptr) return found;
  runtime::SpinLockHolder guard(lock_);
  found = arena_.New<DependencyRecord>(depth * sizeof(DependencyRecord::HeldLock));
  found->target = &target;
  found->mode = mode;
  found->site = site;
  found->held_count = depth;
  for (std::uint32_t i = 0; i < depth; ++i) {
    const Hold& hold = holds[i];
    found->held()[i] = {hold.record, hold.site, {hold.lock, false}, hold.mode, hold.fresh};
    hold.record->pinned.store(true, std::memory_order_relaxed);
  }
  target.pinned.store(true, std::memory_order_relaxed);
  return found;
}

// What `context`, which is blocked, waits for.
DependencyRecord* Recorder::RequestOfBlocked(ThreadContext& context) {
  return RequestOf(*context.record_, context.holds_, context.depth_,
                   *context.blocked_on_.load(std::memory_order_relaxed),
                   context.blocked_mode_.load(std::memory_order_relaxed),
                   context.blocked_site_.load(std::memory_order_relaxed));
}

void Recorder::NoteDeadlock(const Array<ThreadContext*>& path) {
  NoteBlocked(path, OccurrenceKind::kDeadlock);
}

void Recorder::NoteBlocked(const Array<ThreadContext*>& threads, OccurrenceKind kind) {
  OccurrenceRecord occurrence;
  occurrence.kind = kind;
  for (ThreadContext* context : threads) {
    occurrence.threads.push_back(context->record_);
    occurrence.requests.push_back(RequestOfBlocked(*context));
  }
  if (kind == OccurrenceKind::kOwnerEnded) {
    occurrence.signaller = occurrence.requests.front()->target->ended_owner;
  }
  runtime::SpinLockHolder guard(lock_);
  NoteLocked(std::move(occurrence));
}

bool Recorder::NoteSelfDeadlock(ThreadContext& context, DependencyRecord& request,
                                OccurrenceKind kind) {
  runtime::SpinLockHolder guard(lock_);
  OccurrenceRecord occurrence;
  occurrence.kind = kind;
  occurrence.threads.push_back(context.record_);
  occurrence.requests.push_back(&request);
  return NoteLocked(std::move(occurrence));
}

// `index`: of the lock among those that `holder` holds.
void Recorder::NoteLeftHeld(ThreadContext& holder, std::uint32_t index, OccurrenceKind kind) {
  const Hold hold = holder.holds_[index];
  OccurrenceRecord occurrence;
  occurrence.kind = kind;
  occurrence.threads.push_back(holder.record_);
  occurrence.requests.push_back(
      RequestOf(*holder.record_, holder.holds_, index, *hold.record, hold.mode, hold.site));
  runtime::SpinLockHolder guard(lock_);
  NoteLocked(std::move(occurrence));
}

void Recorder::NoteDestroyedHeld(const LockRecord& record) {
  if (!BelongsToItsHolder(record)) return;
  const std::uint32_t owner = record.owner.load(std::memory_order_relaxed);
  ThreadContext* holder = nullptr;
  {
    runtime::SpinLockHolder guard(lock_);
    if (owner <= contexts_.size()) holder = contexts_[owner - 1];
  }
  if (holder == nullptr) return;
  for (std::uint32_t i = 0; i < holder->depth_; ++i) {
    if (holder->holds_[i].record != &record || holder->holds_[i].lock != record.id) continue;
    NoteLeftHeld(*holder, i, OccurrenceKind::kDestroyedHeld);
    return;
  }
}

// The thread of `context` ends: what it still holds, nobody will ever give back.
void Recorder::NoteEndedHolding(ThreadContext& context) {
  for (std::uint32_t i = 0; i < context.depth_; ++i) {
    const Hold& hold = context.holds_[i];
    if (hold.lock != hold.record->id || !BelongsToItsHolder(*hold.record)) continue;
    NoteLeftHeld(context, i, OccurrenceKind::kEndedHolding);
    if (hold.mode != Mode::kExclusive) continue;
    hold.record->ended_owner = context.record_;
    hold.record->owner.store(kOwnerHasEnded, std::memory_order_seq_cst);
  }
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
  // As it was while the lock was held: a thread that goes on afterwards may change its own.
  struct Wait {
    ThreadRecord* thread;
    LockRecord* condition;
    LockRecord* with;
    std::uintptr_t site;
    StackRecord* stack;
    WaitPredicate predicate;
    std::vector<Hold> held;
    ThreadRecord* signaller;
    std::uintptr_t signal_site;
  };
  std::vector<Wait> waits;
  {
    runtime::SpinLockHolder guard(lock_);
    for (const ThreadContext* context : contexts_) {
      LockRecord* condition = context->waiting_for_.load(std::memory_order_acquire);
      if (condition == nullptr || !context->lost_before_) continue;
      waits.push_back({context->record_, condition, context->waiting_with_, context->waiting_site_,
                       context->waiting_stack_, context->waiting_predicate_,
                       std::vector<Hold>(context->holds_, context->holds_ + context->depth_),
                       condition->lost_by, condition->lost_site});
    }
  }
  for (const Wait& wait : waits) {
    if (wait.predicate == WaitPredicate::kChecked) continue;
    if (wait.predicate == WaitPredicate::kUnknown && runs_ == Runs::kOnce &&
        IsAskedForByOthers(*wait.with, *wait.thread)) {
      continue;
    }
    DependencyRecord* request =
        RequestOf(*wait.thread, wait.held.data(), static_cast<std::uint32_t>(wait.held.size()),
                  *wait.condition, Mode::kExclusive, wait.site);
    runtime::SpinLockHolder guard(lock_);
    if (request->stack == nullptr) request->stack = wait.stack;
    OccurrenceRecord occurrence;
    occurrence.kind = OccurrenceKind::kLostWakeup;
    occurrence.threads.push_back(wait.thread);
    occurrence.requests.push_back(request);
    occurrence.signaller = wait.signaller;
    occurrence.signal_site = wait.signal_site;
    NoteLocked(std::move(occurrence));
  }
}

// False if it is known already.
bool Recorder::NoteLocked(OccurrenceRecord occurrence) {
  const bool known = std::any_of(occurrences_.begin(), occurrences_.end(), [&](const auto& other) {
    return other.kind == occurrence.kind && other.threads == occurrence.threads &&
           other.requests == occurrence.requests;
  });
  for (DependencyRecord* request : occurrence.requests) {
    request->target->kept.store(true, std::memory_order_relaxed);
    for (std::uint32_t i = 0; i < request->held_count; ++i) {
      request->held()[i].record->kept.store(true, std::memory_order_relaxed);
    }
  }
  if (!known) occurrences_.push_back(std::move(occurrence));
  return !known;
}

}  // namespace selvage::lockgraph
