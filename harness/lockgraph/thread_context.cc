#include "selvage/harness/lockgraph/thread_context.h"

#include <cstdlib>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {

void ThreadContext::RequestSlow(const LockIdentity& lock, Mode mode, RequestKind kind,
                                std::uintptr_t site) {
  const SlowScope inside;
  LockRecord& target = recorder_->Resolve(lock);
  ForgetSignalHolds();
  const bool fresh = lock.birth_.load(std::memory_order_relaxed) == stamp_;
  const Properties& properties = target.lock_class->properties;
  const Hold* held = FindHold(target);
  bool for_ever = false;
  if (held != nullptr) {
    const bool reads_again = mode == Mode::kShared && held->mode == Mode::kShared;
    const bool upgrades = mode == Mode::kExclusive && held->mode == Mode::kShared;
    const bool harmless = (properties.recursive && !upgrades) ||
                          (properties.reader_preference && reads_again) ||
                          properties.kind == ObjectKind::kSemaphore;
    if (harmless) {
      runtime::SpinLockHolder guard(record_->lock);
      Remember(context_hash_ + segment_salt_ + Linear(target.id, mode, kind, fresh, site), nullptr);
      return;
    }
    for_ever = !reads_again && kind != RequestKind::kTimed;
  }
  runtime::SpinLockHolder guard(record_->lock);
  Touch(target, mode, kind, site);
  if (depth_ == 0) {
    touched_[TouchSlot(target.id)] = TouchKey(target.id, mode, kind);
    return;
  }
  DependencyRecord* dependency = Depend(target, mode, kind, fresh, site);
  if (for_ever && dependency != nullptr) {
    recorder_->NoteSelfDeadlock(*this, *dependency,
                                mode == Mode::kExclusive && held->mode == Mode::kShared
                                    ? OccurrenceKind::kUpgrade
                                    : OccurrenceKind::kRelock);
  }
}

void ThreadContext::AcquireSlow(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  LockRecord* record = lock.record_.load(std::memory_order_relaxed);
  if (lock.id_.load(std::memory_order_relaxed) >> kSerialBits != recorder_number_) {
    const SlowScope inside;
    record = &recorder_->Resolve(lock);
  }
  if (lock.irregular_) {
    if (record->lock_class->properties.kind == ObjectKind::kSemaphore) {
      // A permit that somebody else's signal has brought, and that this thread will not give back.
      if (record->signalled.load(std::memory_order_relaxed)) {
        OnSignalReceived(lock);
        return;
      }
    }
    if (Hold* held = FindHold(*record)) {
      ++held->count;
      return;
    }
  }
  if (depth_ + group_pending_ >= capacity_) {
    const SlowScope inside;
    GrowHolds();
  }
  const bool fresh = lock.birth_.load(std::memory_order_relaxed) == stamp_;
  if (!grouped_) {
    Push(record->id, record, mode, site, fresh);
    return;
  }
  // Members of a group become held, for the dependencies of others, when it ends.
  Hold& hold = holds_[depth_ + group_pending_++];
  hold = Hold{.lock = record->id,
              .record = record,
              .site = site,
              .mix = Mix(record->id, mode, false, site),
              .stamp = stamp_,
              .count = 1,
              .mode = mode,
              .fresh = false};
  if (mode == Mode::kExclusive) record->owner.store(tag_, std::memory_order_relaxed);
}

void ThreadContext::ReleaseSlow(const LockIdentity& lock, Mode mode, std::uintptr_t site) {
  if (exceptions_ != 0) EndFreshness();
  const std::uint64_t id = lock.id_.load(std::memory_order_relaxed);
  // The last acquired first: what is released is most often near the top. Of a lock held in both
  // modes, the right one.
  for (std::uint32_t i = depth_ + group_pending_; i-- > 0;) {
    Hold& hold = holds_[i];
    if (hold.lock != id || (hold.mode != mode && !lock.properties_.recursive)) continue;
    if (--hold.count == 0) Remove(i);
    return;
  }
  if (lock.properties_.kind != ObjectKind::kSemaphore) return;
  const SlowScope inside;
  SignalSlow(recorder_->Resolve(lock), site, kUnknownWoken);
}

// Forgets holds_[index], which may be a member of an open group.
void ThreadContext::Remove(std::uint32_t index) {
  const Hold gone = holds_[index];
  if (gone.mode == Mode::kExclusive) gone.record->owner.store(0, std::memory_order_relaxed);
  if (index < depth_) {
    context_hash_ -= gone.mix;
    exceptions_ -= gone.fresh;
    --depth_;
  } else {
    --group_pending_;
  }
  const std::uint32_t last = depth_ + group_pending_;
  for (std::uint32_t i = index; i < last; ++i) holds_[i] = holds_[i + 1];
}

Hold* ThreadContext::FindHold(const LockRecord& record) {
  for (std::uint32_t i = depth_ + group_pending_; i-- > 0;) {
    if (holds_[i].record == &record && holds_[i].lock == record.id) return &holds_[i];
  }
  return nullptr;
}

// A permit taken before its semaphore turned out to be a signal is not held.
void ThreadContext::ForgetSignalHolds() {
  for (std::uint32_t i = depth_ + group_pending_; i-- > 0;) {
    const Hold& hold = holds_[i];
    if (hold.lock != hold.record->id || hold.record->signalled.load(std::memory_order_relaxed)) {
      Remove(i);
    }
  }
}

// The thread has published something: what it made before may be known to others from here on.
void ThreadContext::EndFreshness() {
  for (std::uint32_t i = 0; i < depth_; ++i) {
    Hold& hold = holds_[i];
    if (!hold.fresh) continue;
    hold.fresh = false;
    context_hash_ -= hold.mix;
    hold.mix = Mix(hold.lock, hold.mode, false, hold.site);
    context_hash_ += hold.mix;
  }
  exceptions_ = 0;
}

// The old array stays where it is: a thread that looks for a deadlock may be reading it
// (occurred.cc).
void ThreadContext::GrowHolds() {
  const std::uint32_t capacity = capacity_ == 0 ? 16 : 2 * capacity_;
  runtime::SpinLockHolder guard(recorder_->lock_);
  auto* grown = static_cast<Hold*>(recorder_->arena_.Allocate(capacity * sizeof(Hold)));
  for (std::uint32_t i = 0; i < depth_ + group_pending_; ++i) grown[i] = holds_[i];
  holds_ = grown;
  capacity_ = capacity;
}

void ThreadContext::BeginGroup() { grouped_ = true; }

void ThreadContext::EndGroup() {
  grouped_ = false;
  for (; group_pending_ != 0; --group_pending_) context_hash_ += holds_[depth_++].mix;
}

}  // namespace selvage::lockgraph
