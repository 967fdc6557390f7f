#include "selvage/primitives/owned_lock.h"

#include <optional>
#include <system_error>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/thread_number.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"

namespace selvage::internal {

using lockgraph::Mode;
using lockgraph::RequestKind;
using lockgraph::ThreadContext;
using runtime::CurrentTask;
using runtime::ObjectId;
using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

constexpr std::uint32_t kFree = 0;
constexpr std::uint32_t kContended = 0x8000'0000;

// Whether the calling thread is neither a task nor recorded, as in production.
inline bool IsUnwatched() {
  return CurrentTask() == nullptr && lockgraph::current_context == nullptr &&
         !lockgraph::process_recording.load(std::memory_order_relaxed);
}

}  // namespace

OwnedLock::OwnedLock(const char* type, Recursion recursion, std::string_view name,
                     SourceLocation made_at, lockgraph::ObjectKind kind)
    : object_(type, name, made_at),
      identity_(type, object_.name(), made_at,
                {.kind = kind, .recursive = recursion == Recursion::kAllowed}),
      recursion_(recursion) {}

OwnedLock::~OwnedLock() {
  Task* task = CurrentTask();
  if (task != nullptr && task->scheduler().Knows(object_)) {
    task->scheduler().NoteTouchOfEverything();
    if (owner_ != nullptr) {
      ReportMisuse(*task, object_, "destroyed while held", SELVAGE_CALL_SITE());
    }
  }
  identity_.OnDestroyed();
  tsan::Forget(this);
}

void OwnedLock::lock() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  if (std::uint32_t owner; IsUnwatched() && TakeIfFree(owner)) [[likely]] {
    tsan::Acquire(this);
    return;
  }
  LockAt(SELVAGE_CALL_SITE());
}

void OwnedLock::LockAt(std::uintptr_t site) {
  if (Task* task = CurrentTask()) {
    LockInModel(*task, nullptr, site);
  } else {
    LockNative(nullptr, site);
  }
}

bool OwnedLock::try_lock() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  if (Task* task = CurrentTask()) return TryLockInModel(*task, SELVAGE_CALL_SITE());
  if (std::uint32_t owner; TakeIfFree(owner)) {
    tsan::Acquire(this);
  } else {
    if (owner != runtime::ThreadNumber() || recursion_ == Recursion::kForbidden) return false;
    DeepenOrThrow();
  }
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnTried(identity_, Mode::kExclusive, SELVAGE_CALL_SITE());
  }
  return true;
}

bool OwnedLock::TryLockFor(std::chrono::nanoseconds timeout) SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  if (Task* task = CurrentTask()) return LockInModel(*task, &timeout, SELVAGE_CALL_SITE());
  const SteadyTime deadline = SteadyDeadline(timeout);
  return LockNative(&deadline, SELVAGE_CALL_SITE());
}

void OwnedLock::unlock() SELVAGE_NO_THREAD_SAFETY_ANALYSIS {
  if (IsUnwatched() && OwnedNatively() && depth_ == 0) [[likely]] {
    GiveUpNative();
    return;
  }
  UnlockAt(SELVAGE_CALL_SITE());
}

void OwnedLock::UnlockAt(std::uintptr_t site) {
  if (Task* task = CurrentTask()) {
    UnlockInModel(*task, site);
  } else {
    UnlockNative(site);
  }
}

bool OwnedLock::locked() const {
  if (Task* task = CurrentTask()) {
    auto* self = const_cast<OwnedLock*>(this);
    const ObjectId id = self->Enter(task->scheduler());
    task->scheduler().Point(*task, OpKind::kQuery, id, SELVAGE_CALL_SITE());
    return owner_ != nullptr;
  }
  return word_.load(std::memory_order_relaxed) != kFree;
}

// --- Native ---

// If it is not free, `owner` is the number of the thread that has it.
inline bool OwnedLock::TakeIfFree(std::uint32_t& owner) {
  owner = kFree;
  if (word_.compare_exchange_strong(owner, runtime::ThreadNumber(), std::memory_order_acquire,
                                    std::memory_order_relaxed)) [[likely]] {
    return true;
  }
  owner &= ~kContended;
  return false;
}

bool OwnedLock::LockNative(const SteadyTime* deadline, std::uintptr_t site) {
  ThreadContext* const context = lockgraph::Recording();
  if (context != nullptr) {
    context->OnRequest(identity_, Mode::kExclusive,
                       deadline == nullptr ? RequestKind::kBlocking : RequestKind::kTimed, site);
  }
  if (std::uint32_t owner; TakeIfFree(owner)) [[likely]] {
    tsan::Acquire(this);
  } else if (owner == runtime::ThreadNumber()) {
    DeepenOrThrow();
  } else {
    if (!SleepUntilOwned(deadline, site)) return false;
    tsan::Acquire(this);
  }
  if (context != nullptr) context->OnAcquired(identity_, Mode::kExclusive, site);
  return true;
}

// Whoever has slept takes the lock with kContended set: it cannot know whether others still sleep.
bool OwnedLock::SleepUntilOwned(const SteadyTime* deadline, std::uintptr_t site) {
  ThreadContext* const context = deadline == nullptr ? lockgraph::Recording() : nullptr;
  if (context != nullptr) context->OnContended(identity_, Mode::kExclusive, site);
  const std::uint32_t self = runtime::ThreadNumber();
  bool owned = false;
  bool in_time = true;
  while (!owned && in_time) {
    std::uint32_t found = word_.load(std::memory_order_relaxed);
    if (found == kFree) {
      owned = word_.compare_exchange_weak(found, self | kContended, std::memory_order_acquire,
                                          std::memory_order_relaxed);
    } else if ((found & kContended) != 0 ||
               word_.compare_exchange_weak(found, found | kContended, std::memory_order_relaxed)) {
      in_time = runtime::FutexWait(word_, found | kContended,
                                   deadline ? std::optional(*deadline) : std::nullopt);
    }
  }
  if (context != nullptr) context->OnContentionOver();
  return owned;
}

void OwnedLock::DeepenOrThrow() {
  if (recursion_ == Recursion::kForbidden) {
    ThrowMisuse(std::errc::resource_deadlock_would_occur, object_,
                "locked again by the thread that holds it; use an RLock if that is meant");
  }
  if (depth_ + 1 >= kMaxDepth) {
    ThrowMisuse(std::errc::resource_unavailable_try_again, object_,
                "locked too often by one thread");
  }
  ++depth_;
}

void OwnedLock::UnlockNative(std::uintptr_t site) {
  if (!OwnedNatively()) {
    ThrowMisuse(std::errc::operation_not_permitted, object_,
                "unlocked by a thread that does not hold it");
  }
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnReleased(identity_, Mode::kExclusive, site);
  }
  if (depth_ > 0) {
    --depth_;
  } else {
    GiveUpNative();
  }
}

bool OwnedLock::OwnedNatively() const {
  return (word_.load(std::memory_order_relaxed) & ~kContended) == runtime::ThreadNumber();
}

std::uint32_t OwnedLock::GiveUpNative() {
  const std::uint32_t depth = depth_;
  depth_ = 0;
  tsan::Release(this);
  if ((word_.exchange(kFree, std::memory_order_release) & kContended) != 0) {
    runtime::FutexWake(word_, 1);
  }
  return depth;
}

void OwnedLock::TakeBackNative(std::uint32_t depth, std::uintptr_t site) {
  if (std::uint32_t owner; !TakeIfFree(owner)) SleepUntilOwned(nullptr, site);
  tsan::Acquire(this);
  depth_ = depth;
}

// --- Model ---

ObjectId OwnedLock::Enter(Scheduler& scheduler) {
  bool first_use;
  const ObjectId id = scheduler.Enter(object_, first_use);
  if (first_use) {
    owner_ = nullptr;
    depth_ = 0;
    tsan::Forget(this);
  }
  return id;
}

bool OwnedLock::LockInModel(Task& task, const std::chrono::nanoseconds* timeout,
                            std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const ObjectId id = Enter(scheduler);
  ThreadContext* const context = lockgraph::Recording();
  if (context != nullptr) {
    context->OnRequest(identity_, Mode::kExclusive,
                       timeout == nullptr ? RequestKind::kBlocking : RequestKind::kTimed, site);
  }
  if (owner_ == &task) {
    scheduler.Point(task, OpKind::kLock, id, site);
    Deepen(task, site);
  } else {
    const Readiness free{
        .ready =
            [](const void* self) { return static_cast<const OwnedLock*>(self)->owner_ == nullptr; },
        .context = this};
    const auto reason = scheduler.Await(task, OpKind::kLock, id, site, free,
                                        timeout ? std::optional(*timeout) : std::nullopt);
    if (reason == runtime::WakeReason::kTimeout) return false;
    TakeBack(task, id, 0);
  }
  if (context != nullptr) context->OnAcquired(identity_, Mode::kExclusive, site);
  return true;
}

bool OwnedLock::TryLockInModel(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const ObjectId id = Enter(scheduler);
  scheduler.Point(task, OpKind::kTryLock, id, site);
  if (owner_ == &task && recursion_ == Recursion::kAllowed) {
    Deepen(task, site);
  } else if (owner_ != nullptr) {
    scheduler.NoteUnsuccessful();
    return false;
  } else {
    TakeBack(task, id, 0);
  }
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnTried(identity_, Mode::kExclusive, site);
  }
  return true;
}

void OwnedLock::UnlockInModel(Task& task, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const ObjectId id = Enter(scheduler);
  scheduler.Point(task, OpKind::kUnlock, id, site);
  if (owner_ != &task) {
    return ReportMisuse(task, object_,
                        owner_ == nullptr ? "unlocked while nobody holds it"
                                          : "unlocked by a task that does not hold it",
                        site);
  }
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnReleased(identity_, Mode::kExclusive, site);
  }
  if (depth_ > 0) {
    --depth_;
  } else {
    GiveUp(task, id);
  }
}

void OwnedLock::Deepen(Task& task, std::uintptr_t site) {
  if (recursion_ == Recursion::kForbidden) {
    task.scheduler().StopInSelfDeadlock(task, object_, site);
  }
  if (depth_ + 1 >= kMaxDepth) ReportMisuse(task, object_, "locked too often by one task", site);
  ++depth_;
}

void OwnedLock::TakeBack(Task& task, ObjectId id, std::uint32_t depth) {
  owner_ = &task;
  depth_ = depth;
  Scheduler& scheduler = task.scheduler();
  scheduler.NoteHeld(task, id);
  scheduler.Changed(id);
  tsan::Acquire(this);
}

std::uint32_t OwnedLock::GiveUp(Task& task, ObjectId id) {
  const std::uint32_t depth = depth_;
  tsan::Release(this);
  owner_ = nullptr;
  depth_ = 0;
  Scheduler& scheduler = task.scheduler();
  scheduler.NoteNotHeld(task, id);
  scheduler.Changed(id);
  return depth;
}

}  // namespace selvage::internal
