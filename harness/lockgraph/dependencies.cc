// The slow half of a request: a dependency is looked up in its thread's table, or written down.
#include <algorithm>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/lockgraph/thread_context.h"

namespace selvage::lockgraph {
namespace {

// How many moments of a dependency are kept: under one strong position, where signals tell them
// apart, and in all. Loops that signal in each round would otherwise grow without end. The last one
// is always the newest.
constexpr std::uint32_t kMomentsPerPosition = 8;
constexpr std::uint32_t kMoments = 64;

// Stacks captured of touches at one site.
constexpr std::uint32_t kCapturesPerSite = 16;

}  // namespace

// REQUIRES: record_->lock is held, here and below.
void ThreadContext::Touch(LockRecord& target, Mode mode, RequestKind kind, std::uintptr_t site) {
  const std::uint64_t hash = Spread(TouchCode(target.id, mode, kind));
  TouchRecord* touch = record_->touches->Find(hash, [&](const TouchRecord& known) {
    return known.id == target.id && known.mode == mode && TouchKind(known.kind) == TouchKind(kind);
  });
  const auto at = static_cast<std::uint32_t>(stamp_ - first_stamp_);
  if (touch == nullptr) {
    // Locks that are gone, and took part in nothing, make room for new ones.
    if (record_->touches->size() >= record_->touches_limit) {
      record_->touches->Retain([this](TouchRecord& old) {
        if (old.id == old.record->id) return true;
        old.next_free = record_->free_touches;
        record_->free_touches = &old;
        return false;
      });
      record_->touches_limit = 1024 + 2 * static_cast<std::uint32_t>(record_->touches->size());
    }
    bool own_stack = false;
    StackRecord* stack = StackOfSite(site, own_stack);
    if (record_->free_touches != nullptr) {
      touch = record_->free_touches;
      record_->free_touches = touch->next_free;
    } else {
      runtime::SpinLockHolder guard(recorder_->lock_);
      touch = recorder_->arena_.New<TouchRecord>();
    }
    *touch = TouchRecord();
    touch->hash = hash;
    touch->record = &target;
    touch->id = target.id;
    touch->at = at;
    touch->mode = mode;
    touch->kind = kind;
    touch->site = site;
    touch->stack = stack;
    touch->own_stack = own_stack;
    record_->touches->Insert(touch);
  }
  if (at < touch->at) touch->at = at;
  touch->runs |= RunBit(recorder_->run_);
  if (depth_ == 0) touch->bare = true;
  AddMoment(*touch);
}

// `moment`, under this strong position, becomes all from it up to now.
void ThreadContext::Stretch(MomentRecord& moment) {
  moment.observed = std::max(moment.observed, observed_);
  moment.clock = recorder_->Meet(moment.clock, clock_);
}

void ThreadContext::AddMoment(TouchRecord& touch) {
  const std::uint32_t count = touch.moment_count;
  for (std::uint32_t i = count; i-- > 0;) {
    const MomentRecord& known = touch.moments[i];
    if (known.strong == strong_ && known.observed == observed_ && known.clock == clock_) return;
  }
  new_touch_ = true;
  const MomentRecord moment{strong_, observed_, clock_};
  if (count < TouchRecord::kMoments) {
    touch.moments[touch.moment_count++] = moment;
    return;
  }
  for (std::uint32_t i = count; i-- > 0;) {
    MomentRecord& known = touch.moments[i];
    if (known.strong != strong_) continue;
    Stretch(known);
    return;
  }
  touch.moments[count - 1] = moment;
}

// The stack is captured a few times for each place in the code, which may be a function that takes
// locks for many others: a thread that uses a million locks once each stays quick.
StackRecord* ThreadContext::StackOfSite(std::uintptr_t site, bool& own) {
  const std::uint64_t hash = Spread(site);
  SiteRecord* known =
      record_->sites->Find(hash, [&](const SiteRecord& other) { return other.site == site; });
  own = known == nullptr || known->captures < kCapturesPerSite;
  if (!own) return known->stack;
  StackRecord* stack = recorder_->CaptureStack();
  if (known != nullptr) {
    ++known->captures;
    return stack;
  }
  runtime::SpinLockHolder guard(recorder_->lock_);
  known = recorder_->arena_.New<SiteRecord>();
  *known = SiteRecord{.hash = hash, .site = site, .stack = stack, .captures = 1};
  record_->sites->Insert(known);
  return stack;
}

// The dependency on `target` with what is held now; known from here on to the fast path. Null if
// there are too many.
DependencyRecord* ThreadContext::Depend(LockRecord& target, Mode mode, RequestKind kind, bool fresh,
                                        std::uintptr_t site) {
  const std::uint64_t key = context_hash_ + Linear(target.id, mode, kind, fresh, site);
  // By what the locks are recorded as, which several ids may be.
  std::uint64_t hash = Linear(target.first_id, mode, kind, fresh, site);
  for (std::uint32_t i = 0; i < depth_; ++i) {
    const Hold& hold = holds_[i];
    hash += Mix(hold.record->first_id, hold.mode, hold.fresh, hold.site);
  }
  hash = Spread(hash);
  DependencyRecord* dependency =
      record_->dependencies->Find(hash, [&](const DependencyRecord& known) {
        return known.target == &target && known.site == site && known.mode == mode &&
               known.kind == kind && known.fresh == fresh && known.held_count == depth_;
      });
  if (dependency == nullptr) dependency = NewDependency(target, mode, kind, fresh, site, hash);
  if (dependency != nullptr) {
    NoteLives(*dependency, target);
    ++dependency->count;
    dependency->runs |= RunBit(recorder_->run_);
    AddMoment(*dependency);
  }
  Remember(key + segment_salt_, dependency);
  return dependency;
}

DependencyRecord* ThreadContext::NewDependency(LockRecord& target, Mode mode, RequestKind kind,
                                               bool fresh, std::uintptr_t site,
                                               std::uint64_t hash) {
  if (!recorder_->HasRoomForDependency()) return nullptr;
  StackRecord* stack = recorder_->CaptureStack();
  runtime::SpinLockHolder guard(recorder_->lock_);
  auto* created =
      recorder_->arena_.New<DependencyRecord>(depth_ * sizeof(DependencyRecord::HeldLock));
  created->hash = hash;
  created->target = &target;
  created->target_life = {target.id, false};
  created->site = site;
  created->stack = stack;
  created->mode = mode;
  created->kind = kind;
  created->fresh = fresh;
  created->held_count = depth_;
  target.pinned.store(true, std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < depth_; ++i) {
    const Hold& hold = holds_[i];
    created->held()[i] = {hold.record, hold.site, {hold.lock, false}, hold.mode, hold.fresh};
    hold.record->pinned.store(true, std::memory_order_relaxed);
  }
  record_->dependencies->Insert(created);
  return created;
}

void ThreadContext::AddMoment(DependencyRecord& dependency) {
  std::uint32_t here = 0;
  MomentRecord* last = nullptr;
  const std::uint32_t count = dependency.moment_count;
  for (std::uint32_t i = count; i-- > 0;) {
    MomentRecord& known = dependency.moments[i];
    if (known.strong != strong_) continue;
    if (known.observed == observed_ && known.clock == clock_) return;
    if (here++ == 0) last = &known;
  }
  const MomentRecord moment{strong_, observed_, clock_};
  if (here >= kMomentsPerPosition) {
    // The signaller of one wait among many may need what is held then.
    if (IsSignal(dependency.target->origin->properties.kind)) Stretch(*last);
    ++dependency.moments_dropped;
    return;
  }
  new_moment_ = true;
  if (count == kMoments) {
    dependency.moments[count - 1] = moment;
    ++dependency.moments_dropped;
    return;
  }
  if (count == dependency.moment_capacity) {
    const std::uint32_t capacity = count == 0 ? 1 : 2 * count;
    runtime::SpinLockHolder guard(recorder_->lock_);
    auto* grown =
        static_cast<MomentRecord*>(recorder_->arena_.Allocate(capacity * sizeof(MomentRecord)));
    for (std::uint32_t i = 0; i < count; ++i) grown[i] = dependency.moments[i];
    dependency.moments = grown;
    dependency.moment_capacity = capacity;
  }
  dependency.moments[dependency.moment_count++] = moment;
}

void ThreadContext::Remember(std::uint64_t key, DependencyRecord* dependency) {
  CacheEntry& entry = cache_[CacheSlot(key)];
  if (entry.dependency != nullptr) entry.dependency->count += entry.count;
  entry = CacheEntry{.key = key, .dependency = dependency, .count = 0};
}

void ThreadContext::FlushCounts() {
  for (CacheEntry& entry : cache_) {
    if (entry.dependency != nullptr) entry.dependency->count += entry.count;
    entry.count = 0;
  }
}

}  // namespace selvage::lockgraph
