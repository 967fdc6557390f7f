#include "selvage/primitives/shared_lock.h"

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/thread_number.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"
#include "selvage/primitives/recording.h"
#include "selvage/primitives/when_unwound.h"

namespace selvage {

using runtime::CurrentTask;
using runtime::OpKind;
using runtime::Task;

// On the stack of whoever waits in line.
struct SharedLock::Waiter {
  Mode mode;
  Holder who;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
};

// What a request waits for.
class SharedLock::Grant {
 public:
  // `place` in the line, null for one that stands behind it.
  Grant(const SharedLock& lock, const Holds& holds, Mode mode, const Waiter* place)
      : lock_(lock), holds_(holds), mode_(mode), place_(place) {}
  bool operator()() const { return lock_.Grantable(holds_, mode_, place_); }
  void VisitBlockers(runtime::BlockerVisitor& visitor) const {
    lock_.VisitBlockers(mode_, place_, visitor);
  }

 private:
  const SharedLock& lock_;
  const Holds& holds_;
  const Mode mode_;
  const Waiter* const place_;
};

SharedLock::SharedLock(std::string_view name, SharedLockPolicy policy, SourceLocation made_at)
    : Monitor("SharedLock", name, made_at),
      identity_("SharedLock", object().name(), made_at,
                {.kind = lockgraph::ObjectKind::kReadWriteLock,
                 .reader_preference = policy == SharedLockPolicy::kReadersFirst}),
      policy_(policy) {}

SharedLock::SharedLock(SharedLockPolicy policy, SourceLocation made_at)
    : SharedLock({}, policy, made_at) {}

SharedLock::~SharedLock() {
  if (UsedInSchedule() && (model_.writer != 0 || !model_.readers.empty())) {
    internal::ReportMisuse(*CurrentTask(), object(), "destroyed while held", SELVAGE_CALL_SITE());
  }
  identity_.OnDestroyed();
  internal::ForgetOrder(&readers_left_);
}

void SharedLock::ResetModel() {
  model_.writer = 0;
  model_.readers.Clear();
  model_.first = model_.last = nullptr;
  internal::ForgetOrder(&readers_left_);
}

SharedLock::Holder SharedLock::Self() {
  const Task* task = CurrentTask();
  return task != nullptr ? static_cast<Holder>(task->id()) + 1 : runtime::ThreadNumber();
}

SharedLock::Holds& SharedLock::State() { return CurrentTask() != nullptr ? model_ : native_; }

bool SharedLock::Reads(const Holds& holds, Holder who) {
  for (const Holder reader : holds.readers) {
    if (reader == who) return true;
  }
  return false;
}

// --- Public ---

void SharedLock::lock() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  Acquire(Mode::kExclusive, std::nullopt, SELVAGE_CALL_SITE());
}

bool SharedLock::TryLockFor(std::chrono::nanoseconds timeout) SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  return Acquire(Mode::kExclusive, timeout, SELVAGE_CALL_SITE());
}

bool SharedLock::try_lock() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  return TryAcquire(Mode::kExclusive, SELVAGE_CALL_SITE());
}

void SharedLock::lock_shared() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  Acquire(Mode::kShared, std::nullopt, SELVAGE_CALL_SITE());
}

bool SharedLock::TryLockSharedFor(std::chrono::nanoseconds timeout)
    SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  return Acquire(Mode::kShared, timeout, SELVAGE_CALL_SITE());
}

bool SharedLock::try_lock_shared() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  return TryAcquire(Mode::kShared, SELVAGE_CALL_SITE());
}

void SharedLock::unlock() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kUnlock, site);
  Holds& holds = State();
  if (holds.writer != Self()) {
    return Misuse(std::errc::operation_not_permitted,
                  "unlocked by a thread that does not hold it exclusively", site);
  }
  internal::NoteReleased(identity_, Mode::kExclusive, site);
  tsan::Release(this);
  holds.writer = 0;
  if (Task* task = turn.task()) {
    task->scheduler().NoteNotHeld(*task, turn.id());
  }
  turn.Changed();
}

void SharedLock::unlock_shared() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kUnlockShared, site);
  Holds& holds = State();
  const Holder self = Self();
  if (!Reads(holds, self)) {
    return Misuse(std::errc::operation_not_permitted,
                  "unlocked by a thread that does not hold it shared", site);
  }
  internal::NoteReleased(identity_, Mode::kShared, site);
  tsan::Release(&readers_left_);
  std::size_t held = holds.readers.size() - 1;
  while (holds.readers[held] != self) --held;
  holds.readers.RemoveAt(held);
  Task* task = turn.task();
  if (task != nullptr && !Reads(holds, self)) task->scheduler().NoteNotHeld(*task, turn.id());
  turn.Changed();
}

// --- Acquiring ---

bool SharedLock::WaitsInLine(Mode mode) const {
  return policy_ == SharedLockPolicy::kFair ||
         (policy_ == SharedLockPolicy::kWritersFirst && mode == Mode::kExclusive);
}

bool SharedLock::Grantable(const Holds& holds, Mode mode, const Waiter* place) const {
  if (holds.writer != 0) return false;
  if (mode == Mode::kExclusive && !holds.readers.empty()) return false;
  switch (policy_) {
    case SharedLockPolicy::kReadersFirst:
      return true;
    case SharedLockPolicy::kWritersFirst:
      // Only writers stand in line, and which of them is next is anybody's guess.
      return mode == Mode::kExclusive || holds.first == nullptr;
    case SharedLockPolicy::kFair:
      for (const Waiter* other = holds.first; other != nullptr && other != place;
           other = other->next) {
        if (mode == Mode::kExclusive || other->mode == Mode::kExclusive) return false;
      }
      return true;
  }
  return true;
}

// All that Grantable() has against it. Whoever waits in line has to be served, or to give up,
// first.
void SharedLock::VisitBlockers(Mode mode, const Waiter* place,
                               runtime::BlockerVisitor& visitor) const {
  const auto visit = [&](Holder who) { visitor.Visit(runtime::TaskId{who - 1}); };
  if (model_.writer != 0) visit(model_.writer);
  if (mode == Mode::kExclusive) {
    for (const Holder reader : model_.readers) visit(reader);
  }
  if (policy_ == SharedLockPolicy::kReadersFirst) return;
  if (policy_ == SharedLockPolicy::kWritersFirst && mode == Mode::kExclusive) return;
  for (const Waiter* other = model_.first; other != nullptr && other != place;
       other = other->next) {
    if (mode == Mode::kExclusive || other->mode == Mode::kExclusive) visit(other->who);
  }
}

// What a thread holds itself no one else will ever give up.
void SharedLock::RefuseSelfDeadlock(Mode mode, std::uintptr_t site) {
  Task* task = CurrentTask();
  if (task != nullptr && !UsedInSchedule()) return;
  bool writes = false;
  bool upgrades = false;
  if (task != nullptr) {
    writes = model_.writer == Self();
    upgrades = mode == Mode::kExclusive && Reads(model_, Self());
    if (writes || upgrades) task->scheduler().StopInSelfDeadlock(*task, object(), site);
    return;
  }
  {
    // No waiting, no change: what is asked for is only the mutual exclusion.
    const Turn turn(*this, OpKind::kQuery, site);
    writes = native_.writer == Self();
    upgrades = mode == Mode::kExclusive && Reads(native_, Self());
  }
  if (!writes && !upgrades) return;
  internal::ThrowMisuse(std::errc::resource_deadlock_would_occur, object(),
                        writes ? "locked again by the thread that holds it exclusively"
                               : "locked exclusively by a thread that holds it shared");
}

bool SharedLock::Acquire(Mode mode, Turn::Timeout timeout, std::uintptr_t site) {
  internal::NoteRequest(identity_, mode, timeout, site);
  RefuseSelfDeadlock(mode, site);
  if (WaitsInLine(mode)) return AcquireInLine(mode, timeout, site);
  const Holds& holds = State();
  Turn turn(*this, mode == Mode::kExclusive ? OpKind::kLock : OpKind::kLockShared, site,
            Grant(*this, holds, mode, nullptr), timeout, {.lock = &identity_, .mode = mode});
  if (turn.timed_out()) return false;
  Take(turn, mode);
  internal::NoteAcquired(identity_, mode, site);
  return true;
}

// Joining the line is a step of its own: it keeps others out, and must not happen before it is this
// task's turn.
bool SharedLock::AcquireInLine(Mode mode, Turn::Timeout timeout, std::uintptr_t site) {
  const OpKind kind = mode == Mode::kExclusive ? OpKind::kLock : OpKind::kLockShared;
  Holds& holds = State();
  Turn turn(*this, kind, site);
  if (!Grantable(holds, mode, nullptr)) {
    turn.Unsuccessful();
    Waiter self{.mode = mode, .who = Self(), .previous = holds.last};
    (holds.last != nullptr ? holds.last->next : holds.first) = &self;
    holds.last = &self;
    turn.Changed();
    const internal::WhenUnwound forget([&holds] { holds.first = holds.last = nullptr; });
    const bool granted = turn.Await(kind, site, Grant(*this, holds, mode, &self), timeout,
                                    {.lock = &identity_, .mode = mode});
    (self.previous != nullptr ? self.previous->next : holds.first) = self.next;
    (self.next != nullptr ? self.next->previous : holds.last) = self.previous;
    if (!granted) {
      turn.Changed();
      return false;
    }
  }
  Take(turn, mode);
  internal::NoteAcquired(identity_, mode, site);
  return true;
}

bool SharedLock::TryAcquire(Mode mode, std::uintptr_t site) {
  Turn turn(*this, mode == Mode::kExclusive ? OpKind::kTryLock : OpKind::kTryLockShared, site);
  if (!Grantable(State(), mode, nullptr)) {
    turn.Unsuccessful();
    return false;
  }
  Take(turn, mode);
  internal::NoteTried(identity_, mode, site);
  return true;
}

void SharedLock::Take(Turn& turn, Mode mode) {
  Holds& holds = State();
  const Holder self = Self();
  Task* task = turn.task();
  if (task != nullptr && !Reads(holds, self)) task->scheduler().NoteHeld(*task, turn.id());
  tsan::Acquire(this);
  if (mode == Mode::kExclusive) {
    tsan::Acquire(&readers_left_);
    holds.writer = self;
  } else {
    holds.readers.Append(self);
  }
  turn.Changed();
}

}  // namespace selvage
