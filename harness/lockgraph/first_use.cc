// Locks whose making nobody saw, such as std::mutex, whose constructor makes no call.
//
// One with static storage is known by its variable, in every run. Any other is known by its first
// use, and which lock a thread uses first at some place may be another's in the next schedule. So
// where runs are repeated, a thread comes to the same locks again in the order in which it came to
// them before: the n-th one that it meets is what was its n-th one. That is so if what each thread
// does depends on no schedule, and shows in what they meet: each as many, at the same places, and
// of one lock no two say that it is another. Where it shows once that it is not so, as in a pool
// whose workers take what comes, a record may stand for several locks; then the snapshot takes the
// requests of one run only.
#include <cstring>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"

namespace selvage::lockgraph {

void ThreadContext::OnMet(const LockIdentity& lock, const void* address, std::uintptr_t site) {
  const SlowScope inside;
  recorder_->Met(*this, lock, address, site);
}

namespace {

// The origin has a copy.
bool SameType(const OriginRecord& origin, const LockIdentity& lock) {
  return std::strcmp(origin.type, lock.type()) == 0;
}

}  // namespace

bool Recorder::Knows(const LockIdentity& lock) const {
  return lock.id_.load(std::memory_order_relaxed) >> ThreadContext::kSerialBits == number_;
}

void Recorder::Met(ThreadContext& context, const LockIdentity& lock, const void* address,
                   std::uintptr_t site) {
  const bool is_static = IsStatic(address);
  // In a repeated run the identity is one of this run.
  if ((is_static || runs_ == Runs::kOnce) && Knows(lock)) return;
  StackRecord* const stack = is_static ? nullptr : context.CaptureCreation();
  runtime::SpinLockHolder guard(lock_);
  LockRecord* record = nullptr;
  if (is_static) {
    record = &InVariableLocked(OriginLocked(lock.type_, nullptr, SourceLocation{}, lock.properties_,
                                            nullptr, reinterpret_cast<std::uintptr_t>(address)));
  } else if (runs_ == Runs::kOnce) {
    if (Knows(lock)) return;
    record = &FirstUsedLocked(context, lock, stack);
  } else {
    record = &MetAgainLocked(context, lock, stack, site);
  }
  record->permits = lock.properties_.permits;
  BindLocked(lock, *record);
}

// The lock that lies in the variable now; another one may have been there before. REQUIRES: lock_
// is held, here and below.
LockRecord& Recorder::InVariableLocked(OriginRecord& origin) {
  CreatedRecord*& created = origin.in_the_variable;
  if (created == nullptr) {
    created = arena_.New<CreatedRecord>();
    created->locks = new Array<LockRecord*>;
    created->run = run_;
  }
  if (created->run != run_) {
    created->run = run_;
    created->next = 0;
  }
  const std::uint32_t ordinal = created->next++;
  if (ordinal == created->locks->size()) {
    created->locks->Append(&NewLockLocked(origin, nullptr, ordinal));
  }
  origin.outside = created->locks->size();
  return *(*created->locks)[ordinal];
}

LockRecord& Recorder::FirstUsedLocked(ThreadContext& context, const LockIdentity& lock,
                                      StackRecord* stack) {
  OriginRecord& origin =
      OriginLocked(lock.type_, nullptr, SourceLocation{}, lock.properties_, stack);
  origin.first_used = true;
  LockRecord& record =
      runs_ == Runs::kOnce ? MadeLocked(context, origin) : UnboundLocked(context, origin);
  record.first_used = true;
  return record;
}

// One that no lock of this run is bound to.
LockRecord& Recorder::UnboundLocked(ThreadContext& context, OriginRecord& origin) {
  ThreadRecord& user = *context.record_;
  const std::uint64_t hash = Spread(origin.index);
  CreatedRecord* created = user.created->Find(hash, [](const CreatedRecord&) { return true; });
  if (created == nullptr) {
    created = arena_.New<CreatedRecord>();
    created->hash = hash;
    created->locks = new Array<LockRecord*>;
    user.created->Insert(created);
  }
  for (LockRecord* record : *created->locks) {
    if (record->bound_run != run_) return *record;
  }
  const std::uint32_t ordinal = created->locks->size();
  created->locks->Append(&NewLockLocked(origin, &user, ordinal));
  created->most = created->locks->size();
  return *(*created->locks)[ordinal];
}

LockRecord& Recorder::MetAgainLocked(ThreadContext& context, const LockIdentity& lock,
                                     StackRecord* stack, std::uintptr_t site) {
  has_first_used_ = true;
  const std::uint32_t kind = MetKind(lock.properties_.kind);
  MetRecords& met = context.record_->met[kind];
  if (met.run != run_) {
    met.run = run_;
    met.next = 0;
  }
  const std::uint32_t index = met.next++;
  LockRecord* const bound = Knows(lock) ? lock.record_.load(std::memory_order_relaxed) : nullptr;
  MetRecord* const before = index < met.records.size() ? &met.records[index] : nullptr;
  first_uses_vary_[kind] |= before == nullptr && met.all;
  if (before != nullptr) {
    const bool agrees =
        before->site == site && SameType(*before->lock->origin, lock) &&
        (bound != nullptr ? bound == before->lock : before->lock->bound_run != run_);
    if (agrees) {
      before->lock->bound_run = run_;
      return *before->lock;
    }
    first_uses_vary_[kind] = true;
  }
  LockRecord& record = bound != nullptr ? *bound : FirstUsedLocked(context, lock, stack);
  record.bound_run = run_;
  if (before == nullptr) met.records.Append({&record, site});
  return record;
}

// The thread has ended in this run: it will meet no more.
void Recorder::NoteAllMet(ThreadRecord& thread) {
  runtime::SpinLockHolder guard(lock_);
  MetRecords& locks = thread.met[MetKind(ObjectKind::kLock)];
  const std::uint32_t met = locks.run == run_ ? locks.next : 0;
  first_uses_vary_[MetKind(ObjectKind::kLock)] |= met != locks.records.size();
  locks.all = true;
}

}  // namespace selvage::lockgraph
