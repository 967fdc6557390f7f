#include "selvage/primitives/condition.h"

#include <atomic>
#include <system_error>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"
#include "selvage/primitives/when_unwound.h"

namespace selvage {

using lockgraph::RequestKind;
using lockgraph::ThreadContext;
using runtime::CurrentTask;
using runtime::ObjectId;
using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::SpinLockHolder;
using runtime::Task;
using runtime::WakeReason;

// On the stack of whoever waits; in the list until it is notified or gives up.
struct Condition::Waiter {
  internal::OwnedLock* lock;
  Task* task;  // in the model
  std::atomic<std::uint32_t> notified{0};
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
};

namespace {

RequestKind KindOf(const std::optional<std::chrono::nanoseconds>& timeout) {
  return timeout ? RequestKind::kTimed : RequestKind::kBlocking;
}

}  // namespace

Condition::Condition(std::string_view name, SourceLocation made_at)
    : object_("Condition", name, made_at),
      identity_("Condition", object_.name(), made_at, {.kind = lockgraph::ObjectKind::kCondition}) {
}

Condition::Condition(SourceLocation made_at) : Condition({}, made_at) {}

Condition::~Condition() {
  Task* task = CurrentTask();
  if (task == nullptr || !task->scheduler().Knows(object_)) return;
  task->scheduler().NoteTouchOfEverything();
  if (first_ != nullptr) {
    internal::ReportMisuse(*task, object_, "destroyed while a task waits for it",
                           SELVAGE_CALL_SITE());
  }
}

void Condition::wait(internal::OwnedLock& lock) {
  if (Task* task = CurrentTask()) {
    WaitInModel(*task, lock, std::nullopt, SELVAGE_CALL_SITE());
  } else {
    WaitNative(lock, std::nullopt, SELVAGE_CALL_SITE());
  }
}

std::cv_status Condition::WaitFor(internal::OwnedLock& lock, std::chrono::nanoseconds timeout) {
  if (Task* task = CurrentTask()) return WaitInModel(*task, lock, timeout, SELVAGE_CALL_SITE());
  return WaitNative(lock, timeout, SELVAGE_CALL_SITE());
}

void Condition::SkipWait(internal::OwnedLock& lock, Deadline deadline) {
  ThreadContext* const context = lockgraph::Recording();
  if (context == nullptr) return;
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  const std::uint32_t recorded =
      context->OnWait(identity_, lock.identity_,
                      deadline == Deadline::kNone ? RequestKind::kBlocking : RequestKind::kTimed,
                      site, lockgraph::WaitPredicate::kChecked);
  context->OnWaitOver(identity_, ThreadContext::WakeReason::kSignalled);
  context->OnReacquired(lock.identity_, recorded, site);
}

void Condition::EndWait() {
  if (ThreadContext* context = lockgraph::Recording()) context->OnSignalReceived(identity_);
}

void Condition::notify_one() {
  if (Task* task = CurrentTask()) {
    NotifyInModel(*task, 1, SELVAGE_CALL_SITE());
  } else {
    NotifyNative(1, SELVAGE_CALL_SITE());
  }
}

void Condition::notify_all() {
  if (Task* task = CurrentTask()) {
    NotifyInModel(*task, SIZE_MAX, SELVAGE_CALL_SITE());
  } else {
    NotifyNative(SIZE_MAX, SELVAGE_CALL_SITE());
  }
}

void Condition::Append(Waiter& waiter) {
  waiter.previous = last_;
  (last_ != nullptr ? last_->next : first_) = &waiter;
  last_ = &waiter;
}

void Condition::Remove(Waiter& waiter) {
  (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
  (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
}

// --- Native ---

std::cv_status Condition::WaitNative(internal::OwnedLock& lock,
                                     std::optional<std::chrono::nanoseconds> timeout,
                                     std::uintptr_t site) {
  if (!lock.OwnedNatively()) {
    internal::ThrowMisuse(std::errc::operation_not_permitted, object_,
                          "waited for without holding the lock");
  }
  std::optional<std::chrono::steady_clock::time_point> deadline;
  if (timeout) deadline = SteadyDeadline(*timeout);

  Waiter waiter{.lock = &lock, .task = nullptr};
  {
    const SpinLockHolder holder(waiters_lock_);
    Append(waiter);
  }
  ThreadContext* const context = lockgraph::Recording();
  std::uint32_t recorded = 0;
  if (context != nullptr)
    recorded = context->OnWait(identity_, lock.identity_, KindOf(timeout), site);
  const std::uint32_t depth = lock.GiveUpNative();
  const bool watched = context != nullptr && !timeout;
  if (watched) context->OnContended(identity_, lockgraph::Mode::kExclusive, site);
  bool in_time = true;
  while (waiter.notified.load(std::memory_order_acquire) == 0 && in_time) {
    in_time = runtime::FutexWait(waiter.notified, 0, deadline);
  }
  if (watched) context->OnContentionOver();
  if (!in_time) {
    const SpinLockHolder holder(waiters_lock_);
    if (waiter.notified.load(std::memory_order_relaxed) == 0) {
      Remove(waiter);
    } else {
      in_time = true;
    }
  }
  if (context != nullptr) {
    context->OnWaitOver(identity_, in_time ? ThreadContext::WakeReason::kSignalled
                                           : ThreadContext::WakeReason::kTimeout);
  }
  lock.TakeBackNative(depth, site);
  if (context != nullptr) context->OnReacquired(lock.identity_, recorded, site);
  return in_time ? std::cv_status::no_timeout : std::cv_status::timeout;
}

void Condition::NotifyNative(std::size_t most, std::uintptr_t site) {
  const SpinLockHolder holder(waiters_lock_);
  if (ThreadContext* context = lockgraph::Recording()) {
    std::uint32_t waiting = 0;
    for (const Waiter* waiter = first_; waiter != nullptr && waiting < most;
         waiter = waiter->next) {
      ++waiting;
    }
    context->OnSignal(identity_, site, waiting);
  }
  for (; most > 0 && first_ != nullptr; --most) {
    Waiter& waiter = *first_;
    Remove(waiter);
    // Once it is set the waiter may return and be gone; FutexWake does not read the word.
    const std::atomic<std::uint32_t>& word = waiter.notified;
    waiter.notified.store(1, std::memory_order_release);
    runtime::FutexWake(word, 1);
  }
}

// --- Model ---

ObjectId Condition::Enter(Scheduler& scheduler) {
  bool first_use;
  const ObjectId id = scheduler.Enter(object_, first_use);
  if (first_use) first_ = last_ = nullptr;
  return id;
}

std::cv_status Condition::WaitInModel(Task& task, internal::OwnedLock& lock,
                                      std::optional<std::chrono::nanoseconds> timeout,
                                      std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const ObjectId id = Enter(scheduler);
  const ObjectId lock_id = lock.Enter(scheduler);
  scheduler.Point(task, OpKind::kWait, id, site);
  if (lock.owner_ != &task) {
    internal::ReportMisuse(task, object_, "waited for without holding the lock", site);
  }
  ThreadContext* const context = lockgraph::Recording();
  std::uint32_t recorded = 0;
  if (context != nullptr)
    recorded = context->OnWait(identity_, lock.identity_, KindOf(timeout), site);
  const std::uint32_t depth = lock.GiveUp(task, lock_id);
  Waiter waiter{.lock = &lock, .task = &task};
  const bool spurious = scheduler.ChooseSpuriousWakeup();
  if (spurious) {
    waiter.notified.store(1, std::memory_order_relaxed);
  } else {
    Append(waiter);
  }

  const Readiness woken{.ready =
                            [](const void* argument) {
                              const auto* self = static_cast<const Waiter*>(argument);
                              return self->notified.load(std::memory_order_relaxed) != 0 &&
                                     self->lock->owner_ == nullptr;
                            },
                        .context = &waiter,
                        .also = id};
  const internal::WhenUnwound forget([this] { first_ = last_ = nullptr; });
  bool notified = true;
  if (scheduler.Await(task, OpKind::kWake, lock_id, site, woken, timeout) == WakeReason::kTimeout) {
    notified = waiter.notified.load(std::memory_order_relaxed) != 0;
    if (!notified) Remove(waiter);
    const Readiness free{.ready =
                             [](const void* argument) {
                               return static_cast<const internal::OwnedLock*>(argument)->owner_ ==
                                      nullptr;
                             },
                         .context = &lock};
    scheduler.Await(task, OpKind::kLock, lock_id, site, free);
  }
  lock.TakeBack(task, lock_id, depth);
  if (context != nullptr) {
    context->OnWaitOver(identity_, spurious   ? ThreadContext::WakeReason::kSpurious
                                   : notified ? ThreadContext::WakeReason::kSignalled
                                              : ThreadContext::WakeReason::kTimeout);
    context->OnReacquired(lock.identity_, recorded, site);
  }
  return notified ? std::cv_status::no_timeout : std::cv_status::timeout;
}

void Condition::NotifyInModel(Task& task, std::size_t most, std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const ObjectId id = Enter(scheduler);
  scheduler.Point(task, most == 1 ? OpKind::kNotifyOne : OpKind::kNotifyAll, id, site);
  std::uint32_t waiting = 0;
  for (const Waiter* waiter = first_; waiter != nullptr; waiter = waiter->next) ++waiting;
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnSignal(identity_, site, most == 1 && waiting > 1 ? 1 : waiting);
  }
  if (waiting == 0) {
    scheduler.NoteUnsuccessful();
    return;
  }
  if (most == 1) {
    std::uint32_t rank = scheduler.ChooseValue(schedule::ValueKind::kNotifiedWaiter, waiting);
    Waiter* chosen = first_;
    while (rank-- > 0) chosen = chosen->next;
    Remove(*chosen);
    chosen->notified.store(1, std::memory_order_relaxed);
    scheduler.Refresh(*chosen->task);
    return;
  }
  while (first_ != nullptr) {
    Waiter& waiter = *first_;
    Remove(waiter);
    waiter.notified.store(1, std::memory_order_relaxed);
    scheduler.Refresh(*waiter.task);
  }
}

}  // namespace selvage
