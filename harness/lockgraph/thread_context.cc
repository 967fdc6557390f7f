#include "selvage/harness/lockgraph/thread_context.h"

#include <algorithm>
#include <utility>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {

void ThreadContext::RequestSlow(const LockIdentity& lock, Mode mode, RequestKind kind,
                                std::uintptr_t site) {
  const SlowScope inside;
  LockRecord& target = recorder_->Resolve(lock);
  ForgetSignalHolds();
  Disclose(target);
  NoteKnowledgeOf(target);
  const bool fresh = lock.birth_.load(std::memory_order_relaxed) == stamp_;
  const Properties& properties = target.origin->properties;
  const Hold* held = FindHold(target);
  bool for_ever = false;
  if (held != nullptr) {
    const bool reads_again = mode == Mode::kShared && held->mode == Mode::kShared;
    const bool upgrades = mode == Mode::kExclusive && held->mode == Mode::kShared;
    const bool harmless = (properties.recursive && !upgrades) ||
                          (properties.reader_preference && reads_again) ||
                          (properties.kind == ObjectKind::kSemaphore && target.permits == 1);
    if (harmless) {
      runtime::SpinLockHolder guard(record_->lock);
      Remember(CacheKey(target.id, mode, kind, fresh, site), nullptr);
      return;
    }
    for_ever =
        !reads_again && kind != RequestKind::kTimed && properties.kind != ObjectKind::kSemaphore;
  }
  const bool watched = IsWatchedForPublication(target);
  DependencyRecord* dependency = nullptr;
  {
    runtime::SpinLockHolder guard(record_->lock);
    Touch(target, mode, kind, site);
    if (depth_ == 0) {
      if (!watched) touched_[TouchSlot(target.id)] = TouchKey(target.id, mode, kind);
      return;
    }
    dependency = Depend(target, mode, kind, fresh, site);
    if (watched) cache_[CacheSlot(CacheKey(target.id, mode, kind, fresh, site))].key = 0;
  }
  if (!for_ever || dependency == nullptr) return;
  const bool upgrades = mode == Mode::kExclusive && held->mode == Mode::kShared;
  if (recorder_->NoteSelfDeadlock(*this, *dependency,
                                  upgrades ? OccurrenceKind::kUpgrade : OccurrenceKind::kRelock)) {
    recorder_->handlers_.self_deadlock();
  }
}

void ThreadContext::AcquireSlow(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  LockRecord* record = lock.record_.load(std::memory_order_relaxed);
  if (lock.id_.load(std::memory_order_relaxed) >> kSerialBits != recorder_number_) {
    const SlowScope inside;
    record = &recorder_->Resolve(lock);
  }
  if (lock.irregular_) {
    if (record->origin->properties.kind == ObjectKind::kSemaphore) {
      // A permit that somebody else's signal has brought, and that this thread will not give back.
      if (record->signalled.load(std::memory_order_relaxed)) {
        ReceivePermit(*record);
        return;
      }
    }
    Hold* const held = FindHold(*record);
    if (held != nullptr && !IsFurtherPermit(*record)) {
      ++held->count;
      relocked_stamp_ = stamp_;
      relocked_depth_ = depth_;
      return;
    }
  }
  if (depth_ == capacity_) {
    const SlowScope inside;
    GrowHolds();
  }
  Push(record->id, record, mode, site, lock.birth_.load(std::memory_order_relaxed) == stamp_);
}

// Whether a permit of a semaphore that the thread has one of is held by itself: that tells how many
// it has when it asks for the next. Of more than a few, the others count for one.
bool ThreadContext::IsFurtherPermit(const LockRecord& record) const {
  if (record.permits == 1) return false;
  const auto is_permit = [&](const Hold& hold) { return hold.record == &record; };
  return std::count_if(holds_, holds_ + depth_, is_permit) < kMostPermitHolds;
}

void ThreadContext::OnTried(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  if (depth_ != 0) NoteTry(lock, mode, site);
  const std::uint32_t depth = depth_;
  const std::uint64_t relocked_stamp = relocked_stamp_;
  const std::uint32_t relocked_depth = relocked_depth_;
  OnAcquired(lock, mode, site);
  if (depth_ > depth) holds_[depth].tried = true;
  relocked_stamp_ = relocked_stamp;
  relocked_depth_ = relocked_depth;
}

// Whether a try from here on may be one of std::lock: it waits for the first lock and tries the
// others after that, with nothing in between. `outside`: how many of holds_ came before the first.
bool ThreadContext::FindTriedGroup(std::uint32_t& outside) const {
  outside = depth_;
  while (outside != 0 && holds_[outside - 1].tried) --outside;
  if (relocked_stamp_ == stamp_ && relocked_depth_ >= outside) {
    outside = relocked_depth_;  // the first one was held already
    return true;
  }
  if (outside == 0) return false;
  --outside;
  return true;
}

void ThreadContext::NoteTry(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  const std::uint64_t id = lock.id_.load(std::memory_order_acquire);
  const bool fresh = lock.birth_.load(std::memory_order_relaxed) == stamp_;
  std::uint32_t outside = 0;
  if (!FindTriedGroup(outside)) return;
  const auto hash_outside = [&] {
    std::uint64_t hash = context_hash_;
    for (std::uint32_t i = outside; i < depth_; ++i) hash -= holds_[i].mix;
    return hash;
  };
  std::uint64_t hash = hash_outside();
  used_ = true;
  const std::uint64_t asked = Linear(id, mode, RequestKind::kTry, fresh, site);
  CacheEntry& entry = cache_[CacheSlot(hash + segment_salt_ + asked)];
  if (entry.key == hash + segment_salt_ + asked) {
    std::atomic_ref(entry.count).store(entry.count + 1, std::memory_order_relaxed);
    return;
  }
  const SlowScope inside;
  LockRecord& target = recorder_->Resolve(lock);
  ForgetSignalHolds();
  Disclose(target);
  if (!FindTriedGroup(outside)) return;
  hash = hash_outside();
  const bool held = FindHold(target) != nullptr;
  // The dependency is that of the whole call: with what was held before it.
  const std::uint32_t depth = std::exchange(depth_, outside);
  const std::uint64_t context_hash = std::exchange(context_hash_, hash);
  {
    runtime::SpinLockHolder guard(record_->lock);
    if (!held) Touch(target, mode, RequestKind::kTry, site);
    if (!held && depth_ != 0) {
      Depend(target, mode, RequestKind::kTry, fresh, site);
    } else {
      Remember(hash + segment_salt_ + Linear(target.id, mode, RequestKind::kTry, fresh, site),
               nullptr);
    }
  }
  depth_ = depth;
  context_hash_ = context_hash;
}

void ThreadContext::ReleaseSlow(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  if (exceptions_ != 0) EndFreshness();
  if (GiveBack(lock, mode) || lock.properties_.kind != ObjectKind::kSemaphore) return;
  const SlowScope inside;
  SignalSlow(recorder_->Resolve(lock), site, kUnknownWoken);
}

void ThreadContext::OnPermitsReleased(const LockIdentity& semaphore, std::uint64_t permits,
                                      std::uintptr_t site) {
  OnPublication();
  while (permits != 0 && GiveBack(semaphore, Mode::kExclusive)) --permits;
  if (permits == 0) return;
  const SlowScope inside;
  SignalSlow(recorder_->Resolve(semaphore), site, kUnknownWoken, permits);
}

// Whether it was held. The last acquired first: what is released is most often near the top. Of a
// lock held in both modes, the right one.
bool ThreadContext::GiveBack(const LockIdentity& lock, Mode mode) {
  const std::uint64_t id = lock.id_.load(std::memory_order_relaxed);
  for (std::uint32_t i = depth_; i-- > 0;) {
    Hold& hold = holds_[i];
    if (hold.lock != id || (hold.mode != mode && !lock.properties_.recursive)) continue;
    if (--hold.count == 0) Remove(i);
    return true;
  }
  return false;
}

void ThreadContext::Remove(std::uint32_t index) {
  const Hold gone = holds_[index];
  if (gone.mode == Mode::kExclusive) gone.record->owner.store(0, std::memory_order_relaxed);
  context_hash_ -= gone.mix;
  exceptions_ -= gone.fresh;
  --depth_;
  relocked_depth_ -= index < relocked_depth_;
  for (std::uint32_t i = index; i < depth_; ++i) holds_[i] = holds_[i + 1];
}

Hold* ThreadContext::FindHold(const LockRecord& record) {
  for (std::uint32_t i = depth_; i-- > 0;) {
    if (holds_[i].record == &record && holds_[i].lock == record.id) return &holds_[i];
  }
  return nullptr;
}

// A permit taken before its semaphore turned out to be a signal is not held.
void ThreadContext::ForgetSignalHolds() {
  for (std::uint32_t i = depth_; i-- > 0;) {
    const Hold& hold = holds_[i];
    const bool is_gone = hold.lock != hold.record->id;
    if (!is_gone && !hold.record->signalled.load(std::memory_order_relaxed)) continue;
    if (!is_gone) {
      runtime::SpinLockHolder guard(recorder_->lock_);
      ForgetLastRun(*hold.record);
      for (std::uint32_t n = 0; n < hold.count; ++n) hold.record->permit_history.Taken();
    }
    Remove(i);
  }
}

// The thread has published something: what it made before may be known to others from here on.
void ThreadContext::EndFreshness() {
  for (std::uint32_t i = 0; i < depth_; ++i) {
    Hold& hold = holds_[i];
    if (!hold.fresh) continue;
    Publish(*hold.record);
    hold.fresh = false;
    context_hash_ -= hold.mix;
    hold.mix = Mix(hold.lock, hold.mode, false, hold.site);
    context_hash_ += hold.mix;
  }
  exceptions_ = 0;
}

// What is held now is released later: whoever takes one of these then may have learnt of `lock`.
void ThreadContext::Publish(LockRecord& lock) {
  runtime::SpinLockHolder guard(recorder_->lock_);
  Publication& publication = lock.publication;
  if (publication.state == Publication::State::kUnseen) return;
  publication.state = Publication::State::kPending;
  publication.run = recorder_->run_;
  publication.at = Position(strong_, observed_);
  publication.lock_count = 0;
  for (std::uint32_t i = depth_; i-- > 0 && publication.lock_count < Publication::kMostLocks;) {
    if (holds_[i].record == &lock) continue;
    publication.locks[publication.lock_count++] = holds_[i].lock;
  }
}

// Whether this thread has taken a lock, or heard or been told of something, that came after the
// publication. REQUIRES: recorder_->lock_ is held, and `lock` was made by another thread.
bool ThreadContext::HasSeenPublication(const LockRecord& lock) const {
  const Publication& publication = lock.publication;
  if (publication.run != recorder_->run_) return false;
  for (std::uint32_t i = 0; i < publication.lock_count; ++i) {
    for (std::uint32_t j = 0; j < depth_; ++j) {
      if (holds_[j].lock == publication.locks[i]) return true;
    }
  }
  for (std::uint32_t i = 0; clock_ != nullptr && i < clock_->size; ++i) {
    const ClockRecord::Entry& heard = clock_->entries()[i];
    if (heard.thread == lock.creator->index && heard.position >= publication.at) return true;
  }
  for (const ThreadRecord* thread = record_; thread->parent != nullptr; thread = thread->parent) {
    if (thread->parent == lock.creator) return thread->forked_at >= publication.at >> 32;
  }
  return false;
}

// It asks for the lock, and so knows it.
void ThreadContext::NoteKnowledgeOf(LockRecord& lock) {
  using State = Publication::State;
  if (IsMakerOf(lock)) return;
  runtime::SpinLockHolder guard(recorder_->lock_);
  State& state = lock.publication.state;
  if (state == State::kUnseen) return;
  if (state == State::kSeen && lock.publication.run == recorder_->run_) return;
  const bool seen = state != State::kNever && HasSeenPublication(lock);
  state = seen ? State::kSeen : State::kUnseen;
}

// Whether requests that are known must be looked at all the same: another run may show that this
// thread knew the lock earlier.
bool ThreadContext::IsWatchedForPublication(const LockRecord& lock) const {
  return recorder_->runs_ == Recorder::Runs::kRepeated && !IsMakerOf(lock) &&
         lock.publication.state == Publication::State::kSeen;
}

bool ThreadContext::IsMakerOf(const LockRecord& lock) const {
  return lock.creator == nullptr || lock.creator == record_;
}

// The old array stays where it is: a thread that looks for a deadlock may be reading it
// (occurred.cc).
void ThreadContext::GrowHolds() {
  const std::uint32_t capacity = capacity_ == 0 ? 16 : 2 * capacity_;
  runtime::SpinLockHolder guard(recorder_->lock_);
  auto* grown = static_cast<Hold*>(recorder_->arena_.Allocate(capacity * sizeof(Hold)));
  for (std::uint32_t i = 0; i < depth_; ++i) grown[i] = holds_[i];
  holds_ = grown;
  capacity_ = capacity;
}

}  // namespace selvage::lockgraph
