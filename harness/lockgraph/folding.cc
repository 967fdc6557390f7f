// Short-lived locks: a million of them, made at one place and nested in another lock, are a million
// times the same. So a lock that nobody but its maker has known gives its record, when it is
// destroyed, to the next one that this thread makes there, and the dependencies of both are one.
// Nothing is lost by that: a lock that one thread alone has known is part of no deadlock.
//
// But the next one may become known to others, and what was asked for with those before it says
// nothing about it. Each dependency tells which of the locks it was last met with, and whether with
// earlier ones too; when another thread depends on the lock, it gets a record of its own, with the
// dependencies that were met with it.
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"

namespace selvage::lockgraph {
namespace {

using Life = DependencyRecord::Life;

// Calls `visit(record, life)` for each lock of the dependency; both are references.
template <typename Visit>
void ForEachLock(DependencyRecord& dependency, const Visit& visit) {
  visit(dependency.target, dependency.target_life);
  for (std::uint32_t i = 0; i < dependency.held_count; ++i) {
    visit(dependency.held()[i].record, dependency.held()[i].life);
  }
}

// The one that was met last of those that `record` stood for in the dependency; null if none was.
Life* LifeIn(DependencyRecord& dependency, const LockRecord& record) {
  Life* found = nullptr;
  ForEachLock(dependency, [&](LockRecord* one, Life& life) {
    if (one == &record) found = &life;
  });
  return found;
}

void Replace(DependencyRecord& dependency, const LockRecord& from, LockRecord& to) {
  ForEachLock(dependency, [&](LockRecord*& one, Life& life) {
    if (one != &from) return;
    one = &to;
    life = {to.id, false};
  });
}

// Leaves what was met at `position` or later. If too many moments were met to keep any of those,
// the last one stands for them.
void DropMomentsBefore(DependencyRecord& dependency, std::uint64_t position) {
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < dependency.moment_count; ++i) {
    const MomentRecord moment = dependency.moments[i];
    const bool is_last = i + 1 == dependency.moment_count;
    if (Position(moment.strong, moment.observed) < position && !(is_last && kept == 0)) continue;
    dependency.moments[kept++] = moment;
  }
  dependency.moment_count = kept;
}

}  // namespace

// --- Recorder ---

// REQUIRES: lock_ is held, and the lock is destroyed; it is part of dependencies.
void Recorder::RetireLocked(LockRecord& lock) {
  const ObjectKind kind = lock.origin->properties.kind;
  if (kind != ObjectKind::kLock && kind != ObjectKind::kReadWriteLock) return;
  if (lock.disclosed.load(std::memory_order_relaxed) || lock.kept.load(std::memory_order_relaxed)) {
    return;
  }
  CreatedRecord* created = lock.creator->created->Find(Spread(lock.origin->index),
                                                       [](const CreatedRecord&) { return true; });
  lock.next_free = created->retired;
  created->retired = &lock;
}

// The record of the lock that is made now. REQUIRES: lock_ is held, and there is a retired one.
LockRecord& Recorder::RecallLocked(CreatedRecord& created, std::uint32_t ordinal,
                                   std::uint64_t position) {
  LockRecord& record = *created.retired;
  created.retired = record.next_free;
  record.next_free = nullptr;
  record.id = number_ << ThreadContext::kSerialBits | next_serial_++;
  record.owner.store(0, std::memory_order_relaxed);
  record.publication = Publication();
  record.last_ordinal = ordinal;
  record.born_at = position;
  ++record.lives;
  ++lock_count_;
  return record;
}

// A thread that did not make `lock` is about to depend on it. REQUIRES: no lock of a thread or of
// the recorder is held.
void Recorder::Disclose(LockRecord& lock) {
  ThreadRecord& maker = *lock.creator;
  runtime::SpinLockHolder maker_guard(maker.lock);
  if (lock.disclosed.load(std::memory_order_relaxed)) return;
  runtime::SpinLockHolder guard(lock_);
  if (lock.lives > 1) UnfoldLocked(maker, lock);
  lock.disclosed.store(true, std::memory_order_relaxed);
}

// A record of their own for the locks before the present one. REQUIRES: lock_ and the maker's are
// held.
void Recorder::UnfoldLocked(ThreadRecord& maker, LockRecord& lock) {
  LockRecord& past = NewLockLocked(*lock.origin, lock.creator, lock.ordinal);
  --lock_count_;
  past.age = lock.age;
  past.permits = lock.permits;
  past.first_id = lock.first_id;
  past.lives = lock.lives - 1;
  past.pinned.store(true, std::memory_order_relaxed);
  past.disclosed.store(true, std::memory_order_relaxed);
  lock.first_id = lock.id;
  lock.lives = 1;
  lock.ordinal = lock.last_ordinal;

  Array<DependencyRecord*> affected;
  maker.dependencies->Retain([&](DependencyRecord& dependency) {
    if (LifeIn(dependency, lock) == nullptr) return true;
    affected.Append(&dependency);
    return false;
  });
  for (DependencyRecord* dependency : affected) {
    const Life life = *LifeIn(*dependency, lock);
    if (life.id != lock.id) {
      Replace(*dependency, lock, past);
      maker.dependencies->Insert(dependency);
      continue;
    }
    if (life.earlier) {
      DependencyRecord& clone = CloneLocked(*dependency);
      clone.count = dependency->earlier_count;
      Replace(clone, lock, past);
      maker.dependencies->Insert(&clone);
      dependency->count -= dependency->earlier_count;
      dependency->earlier_count = 0;
      DropMomentsBefore(*dependency, lock.born_at);
      LifeIn(*dependency, lock)->earlier = false;
    }
    dependency->hash = ThreadContext::HashOf(*dependency);
    maker.dependencies->Insert(dependency);
  }
}

DependencyRecord& Recorder::CloneLocked(const DependencyRecord& dependency) {
  auto& from = const_cast<DependencyRecord&>(dependency);
  auto* clone = arena_.New<DependencyRecord>(from.held_count * sizeof(DependencyRecord::HeldLock));
  *clone = from;
  for (std::uint32_t i = 0; i < from.held_count; ++i) clone->held()[i] = from.held()[i];
  clone->moment_capacity = from.moment_count;
  clone->moments =
      static_cast<MomentRecord*>(arena_.Allocate(from.moment_count * sizeof(MomentRecord)));
  for (std::uint32_t i = 0; i < from.moment_count; ++i) clone->moments[i] = from.moments[i];
  ++dependency_count_;
  return *clone;
}

// --- ThreadContext ---

// About to depend on `target` with what is held. REQUIRES: record_->lock is not held.
void ThreadContext::Disclose(LockRecord& target) {
  const auto disclose = [this](LockRecord& lock) {
    if (IsMakerOf(lock) || lock.disclosed.load(std::memory_order_relaxed)) return;
    recorder_->Disclose(lock);
  };
  disclose(target);
  for (std::uint32_t i = 0; i < depth_; ++i) {
    disclose(*holds_[i].record);
    // It may have been tried, which is no request.
    NoteKnowledgeOf(*holds_[i].record);
  }
}

// The dependency is met with the locks that are held and asked for now.
void ThreadContext::NoteLives(DependencyRecord& dependency, const LockRecord& target) const {
  bool changed = false;
  const auto note = [&](Life& life, std::uint64_t id) {
    if (life.id == id) return;
    life = {id, true};
    changed = true;
  };
  note(dependency.target_life, target.id);
  for (std::uint32_t i = 0; i < dependency.held_count; ++i) {
    DependencyRecord::HeldLock& held = dependency.held()[i];
    if (held.record->lives > 1) note(held.life, held.record->id);
  }
  if (changed) dependency.earlier_count = dependency.count;
}

// As Depend() finds it.
std::uint64_t ThreadContext::HashOf(const DependencyRecord& dependency) {
  auto& known = const_cast<DependencyRecord&>(dependency);
  std::uint64_t hash =
      Linear(known.target->first_id, known.mode, known.kind, known.fresh, known.site);
  for (std::uint32_t i = 0; i < known.held_count; ++i) {
    const DependencyRecord::HeldLock& held = known.held()[i];
    hash += Mix(held.record->first_id, held.mode, held.fresh, held.site);
  }
  return Spread(hash);
}

}  // namespace selvage::lockgraph
