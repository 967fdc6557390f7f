// Signals, forks and joins: what orders one thread after another, and who waits for what that is no
// lock.
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/lockgraph/thread_context.h"

namespace selvage::lockgraph {

// A new position or clock: what is known of requests before says nothing about requests from here
// on.
void ThreadContext::BeginSegment() {
  const std::uint64_t clock = clock_ == nullptr ? 0 : clock_->index + 1;
  const std::uint64_t run = recorder_->has_first_used_ ? RunBit(recorder_->run_) : 0;
  segment_salt_ =
      Spread(Position(strong_, observed_) ^ Spread(clock + 1 + Spread(run)));  // never 0
}

// --- Signals ---

// What a signal object remembers is valid for one run.
void ThreadContext::ForgetLastRun(LockRecord& object) {
  if (object.run == recorder_->run_) return;
  object.run = recorder_->run_;
  object.clock = nullptr;
  object.permit_history.Forget();
  object.lost = 0;
}

void ThreadContext::DependOnSignal(LockRecord& object, RequestKind kind, std::uintptr_t site) {
  if (depth_ == 0) return;
  used_ = true;
  Disclose(object);
  runtime::SpinLockHolder guard(record_->lock);
  Depend(object, Mode::kExclusive, kind, false, site);
}

std::uint32_t ThreadContext::OnWait(const LockIdentity& condition, const LockIdentity& released,
                                    RequestKind kind, std::uintptr_t site,
                                    WaitPredicate predicate) {
  const SlowScope inside;
  OnPublication();
  LockRecord& object = recorder_->Resolve(condition);
  LockRecord& lock = recorder_->Resolve(released);
  std::uint32_t count = 0;
  Mode mode = Mode::kExclusive;
  if (const Hold* held = FindHold(lock)) {
    count = held->count;
    mode = held->mode;
    Remove(static_cast<std::uint32_t>(held - holds_));
  }
  ForgetSignalHolds();
  DependOnSignal(object, kind, site);
  if (depth_ != 0) {
    // Known before the wait, since it may never end.
    Disclose(lock);
    runtime::SpinLockHolder guard(record_->lock);
    Touch(lock, mode, RequestKind::kReacquire, site);
    Depend(lock, mode, RequestKind::kReacquire, false, site);
  }
  {
    runtime::SpinLockHolder guard(recorder_->lock_);
    ForgetLastRun(object);
    object.pinned.store(true, std::memory_order_relaxed);
    waiting_with_ = &lock;
    waiting_site_ = site;
    waiting_predicate_ = predicate;
    lost_before_ = object.lost != 0 && object.lost_by != record_ && kind != RequestKind::kTimed;
  }
  waiting_stack_ = lost_before_ ? recorder_->CaptureStack() : nullptr;
  waiting_for_.store(&object, std::memory_order_release);
  return count;
}

void ThreadContext::OnWaitOver(const LockIdentity& condition, WakeReason reason) {
  {
    // Whoever looks at the wait at this moment does so under the lock.
    runtime::SpinLockHolder guard(recorder_->lock_);
    waiting_for_.store(nullptr, std::memory_order_relaxed);
  }
  if (reason == WakeReason::kSignalled) OnSignalReceived(condition);
}

void ThreadContext::OnReacquired(const LockIdentity& lock, std::uint32_t count,
                                 std::uintptr_t site) {
  OnAcquired(lock, Mode::kExclusive, site);
  if (count < 2) return;
  const LockRecord* record = lock.record_.load(std::memory_order_relaxed);
  if (Hold* held = FindHold(*record)) held->count = count;
}

void ThreadContext::OnAwait(const LockIdentity& object, RequestKind kind, std::uintptr_t site) {
  if (depth_ == 0) return;
  const SlowScope inside;
  LockRecord& awaited = recorder_->Resolve(object);
  ForgetSignalHolds();
  DependOnSignal(awaited, kind, site);
}

void ThreadContext::OnSignalReceived(const LockIdentity& object) {
  const SlowScope inside;
  LockRecord& signalled = recorder_->Resolve(object);
  ClockRecord* heard = nullptr;
  {
    runtime::SpinLockHolder guard(recorder_->lock_);
    ForgetLastRun(signalled);
    heard = signalled.clock;
  }
  Hear(heard);
}

void ThreadContext::ReceivePermit(LockRecord& semaphore) {
  const SlowScope inside;
  ForgetSignalHolds();
  ClockRecord* needed[PermitRecord::kMostPosters];
  std::uint32_t count = 0;
  {
    runtime::SpinLockHolder guard(recorder_->lock_);
    ForgetLastRun(semaphore);
    semaphore.permit_history.Taken();
    semaphore.permit_history.ForEachNeeded(semaphore.permits,
                                           [&](ClockRecord* clock) { needed[count++] = clock; });
  }
  for (std::uint32_t i = 0; i < count; ++i) Hear(needed[i]);
}

void ThreadContext::OnSignalReceived(const Sent& signal) {
  if (signal.recorder != recorder_ || signal.run != recorder_->run_) return;
  const SlowScope inside;
  Hear(signal.clock);
}

void ThreadContext::Hear(ClockRecord* clock) {
  ClockRecord* joined = recorder_->Join(clock_, clock);
  if (joined == clock_) return;
  clock_ = joined;
  BeginSegment();
}

Sent ThreadContext::OnSignal(const LockIdentity& object, std::uintptr_t site, std::uint32_t woken) {
  const SlowScope inside;
  OnPublication();
  return SignalSlow(recorder_->Resolve(object), site, woken);
}

void ThreadContext::OnSignalLost(const LockIdentity& object, std::uintptr_t site) {
  const SlowScope inside;
  LockRecord& signalled = recorder_->Resolve(object);
  runtime::SpinLockHolder guard(recorder_->lock_);
  ForgetLastRun(signalled);
  ++signalled.lost;
  signalled.lost_by = record_;
  signalled.lost_site = site;
}

void ThreadContext::OnSignalsForgotten(const LockIdentity& object) {
  const SlowScope inside;
  LockRecord& signalled = recorder_->Resolve(object);
  runtime::SpinLockHolder guard(recorder_->lock_);
  signalled.clock = nullptr;
}

Sent ThreadContext::OnSend(const Sent& continued) {
  const SlowScope inside;
  OnPublication();
  ClockRecord* sent = Send();
  if (continued.recorder == recorder_ && continued.run == recorder_->run_) {
    sent = recorder_->Join(sent, continued.clock);
  }
  return Sent{recorder_, recorder_->run_, sent};
}

// REQUIRES: stamp_ was stepped, so that what is asked for from here on comes after the signal.
Sent ThreadContext::SignalSlow(LockRecord& object, std::uintptr_t site, std::uint32_t woken,
                               std::uint64_t permits) {
  NoteSignal(object, site);
  ClockRecord* const sent = Send();
  for (;;) {
    ClockRecord* known = nullptr;
    {
      runtime::SpinLockHolder guard(recorder_->lock_);
      ForgetLastRun(object);
      known = object.clock;
    }
    ClockRecord* joined = recorder_->Join(known, sent);
    runtime::SpinLockHolder guard(recorder_->lock_);
    if (object.clock != known) continue;
    object.clock = joined;
    if (object.origin->properties.kind == ObjectKind::kSemaphore) {
      object.permit_history.Posted(record_->index, permits, sent, recorder_->arena_);
    }
    if (woken == 0) {
      ++object.lost;
      object.lost_by = record_;
      object.lost_site = site;
    }
    break;
  }
  return Sent{recorder_, recorder_->run_, sent};
}

void ThreadContext::NoteSignal(LockRecord& object, std::uintptr_t site) {
  object.pinned.store(true, std::memory_order_relaxed);
  object.signalled.store(true, std::memory_order_relaxed);
  runtime::SpinLockHolder guard(record_->lock);
  const std::uint64_t hash = Spread(object.id);
  SignalRecord* signal = record_->signals->Find(
      hash, [&](const SignalRecord& known) { return known.record == &object; });
  if (signal == nullptr) {
    StackRecord* stack = recorder_->CaptureStack();
    runtime::SpinLockHolder shared_guard(recorder_->lock_);
    signal = recorder_->arena_.New<SignalRecord>();
    *signal = SignalRecord{.hash = hash,
                           .record = &object,
                           .before = 0,
                           .site = site,
                           .stack = stack,
                           .count = 0,
                           .runs = 0};
    record_->signals->Insert(signal);
  }
  const auto before = static_cast<std::uint32_t>(stamp_ - first_stamp_);
  if (before > signal->before) signal->before = before;
  signal->runs |= RunBit(recorder_->run_);
  ++signal->count;
}

// What comes next is not ordered by what is sent here. Where runs are repeated, the number of
// positions must not depend on what earlier runs have recorded; elsewhere a thread that records
// nothing new needs no new position, and one that forever asks for new locks, with nothing held,
// gets no more. Without one the current position is what comes next: only those before it are sent,
// and nobody is ordered after what was done at it.
ClockRecord* ThreadContext::Send() {
  bool tick = recorder_->runs_ == Recorder::Runs::kRepeated ? used_ : new_moment_;
  if (!tick && recorder_->runs_ == Recorder::Runs::kOnce && new_touch_ &&
      touch_positions_ < kTouchPositions) {
    ++touch_positions_;
    tick = true;
  }
  const std::uint64_t position = Position(strong_, observed_);
  ClockRecord* sent = clock_;
  if (tick || position != 0) {
    sent = recorder_->Extend(clock_, record_->index, tick ? position : position - 1);
  }
  used_ = new_moment_ = new_touch_ = false;
  if (tick) {
    ++observed_;
    BeginSegment();
  }
  return sent;
}

void ThreadContext::OnPassed(const LockIdentity& once) {
  const SlowScope inside;
  LockRecord& flag = recorder_->Resolve(once);
  const std::uint64_t hash = Spread(flag.id);
  runtime::SpinLockHolder guard(record_->lock);
  PassageRecord* passage = record_->passages->Find(
      hash, [&](const PassageRecord& known) { return known.once == &flag; });
  if (passage != nullptr && passage->run == recorder_->run_) return;
  StepStrongly();
  BeginSegment();
  if (passage == nullptr) {
    runtime::SpinLockHolder shared_guard(recorder_->lock_);
    flag.pinned.store(true, std::memory_order_relaxed);
    passage = recorder_->arena_.New<PassageRecord>();
    passage->hash = hash;
    passage->once = &flag;
    record_->passages->Insert(passage);
  }
  passage->run = recorder_->run_;
  ++passage->runs;
  if (strong_ > passage->from) passage->from = strong_;
}

// --- Threads ---

// What comes next is ordered by more than signals.
void ThreadContext::StepStrongly() {
  ++strong_;
  observed_ = 0;
  used_ = new_moment_ = new_touch_ = false;
}

ForkToken ThreadContext::OnFork(const char* name, std::uintptr_t site) {
  const SlowScope inside;
  OnPublication();
  ThreadRecord& child = recorder_->NextChild(*record_);
  StackRecord* stack = child.spawn_stack;
  if (stack == nullptr) stack = recorder_->CaptureStack();
  {
    runtime::SpinLockHolder guard(recorder_->lock_);
    child.name = name;
    child.spawn_site = site;
    child.spawn_stack = stack;
    // Of several runs, what is true in all.
    if (!child.forked || strong_ < child.forked_at) child.forked_at = strong_;
    child.forked = true;
    child.initial_clock = clock_;
    child.final_clock = clock_;
    child.fork_holds->Clear();
    for (std::uint32_t i = 0; i < depth_; ++i) {
      child.fork_holds->Append(CoverRecord{.record = holds_[i].record,
                                           .holder = record_,
                                           .stamp = holds_[i].stamp,
                                           .mode = holds_[i].mode});
      holds_[i].record->kept.store(true, std::memory_order_relaxed);
    }
  }
  StepStrongly();
  BeginSegment();
  return ForkToken{recorder_, &child};
}

void ThreadContext::OnJoinRequest(const ForkToken& child, RequestKind kind, std::uintptr_t site) {
  if (child.recorder != recorder_) return;
  const SlowScope inside;
  ForgetSignalHolds();
  if (depth_ == 0) return;
  DependOnSignal(recorder_->EndOf(*child.thread), kind, site);
}

void ThreadContext::OnJoined(const ForkToken& token) {
  if (token.recorder != recorder_) return;
  const SlowScope inside;
  ThreadRecord& child = *token.thread;
  StepStrongly();
  ClockRecord* heard = nullptr;
  {
    runtime::SpinLockHolder guard(recorder_->lock_);
    heard = child.final_clock;
    if (child.joiner != nullptr && child.joiner != record_) child.join_varies = true;
    if (child.joiner == nullptr || strong_ > child.joined_at) child.joined_at = strong_;
    child.joiner = record_;
    child.joined_run = recorder_->run_;
    // A cover must hold in every run. What the parent forked with, and has not let go of since,
    // holds in this one.
    if (!child.covers_known && child.parent == record_) {
      for (const CoverRecord& held : *child.fork_holds) child.covers->Append(held);
    }
    child.covers_known = true;
    std::uint32_t kept = 0;
    for (const CoverRecord& cover : *child.covers) {
      bool holds = false;
      for (const CoverRecord& forked : *child.fork_holds) {
        if (forked.record != cover.record || child.parent != record_) continue;
        for (std::uint32_t i = 0; i < depth_; ++i) {
          holds |= holds_[i].record == forked.record && holds_[i].stamp == forked.stamp;
        }
      }
      if (holds) (*child.covers)[kept++] = cover;
    }
    child.covers->Resize(kept);
  }
  clock_ = recorder_->Join(clock_, heard);
  BeginSegment();
}

}  // namespace selvage::lockgraph
