#include "selvage/primitives/semaphore.h"

#include <system_error>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"
#include "selvage/primitives/recording.h"

namespace selvage {

using lockgraph::Mode;
using lockgraph::RequestKind;
using lockgraph::ThreadContext;
using runtime::CurrentTask;
using runtime::ObjectId;
using runtime::OpKind;
using runtime::Readiness;
using runtime::Scheduler;
using runtime::Task;

Semaphore::Semaphore(std::ptrdiff_t permits, std::string_view name, SourceLocation made_at)
    : object_("Semaphore", name, made_at),
      identity_("Semaphore", object_.name(), made_at,
                {.kind = lockgraph::ObjectKind::kSemaphore,
                 .permits = static_cast<std::uint32_t>(permits)}),
      permits_(static_cast<std::uint32_t>(permits)) {
  CheckPermits(permits, 0, SELVAGE_CALL_SITE());
}

Semaphore::~Semaphore() {
  identity_.OnDestroyed();
  tsan::Forget(this);
}

void Semaphore::CheckPermits(std::ptrdiff_t permits, std::ptrdiff_t present, std::uintptr_t site) {
  const bool negative = permits < 0;
  if (!negative && permits <= kMaxPermits - present) return;
  const char* what = negative ? "given a negative number of permits"
                              : "given more permits than a semaphore can count";
  if (Task* task = CurrentTask()) return internal::ReportMisuse(*task, object_, what, site);
  internal::ThrowMisuse(negative ? std::errc::invalid_argument : std::errc::value_too_large,
                        object_, what);
}

void Semaphore::acquire() { Acquire(nullptr, SELVAGE_CALL_SITE()); }

bool Semaphore::TryAcquireFor(std::chrono::nanoseconds timeout) {
  return Acquire(&timeout, SELVAGE_CALL_SITE());
}

bool Semaphore::Acquire(const std::chrono::nanoseconds* timeout, std::uintptr_t site) {
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnRequest(identity_, Mode::kExclusive,
                       timeout == nullptr ? RequestKind::kBlocking : RequestKind::kTimed, site);
  }
  bool acquired;
  if (Task* task = CurrentTask()) {
    acquired = AcquireInModel(*task, timeout ? std::optional(*timeout) : std::nullopt, site);
  } else if (timeout == nullptr) {
    acquired = AcquireNative(nullptr, site);
  } else {
    const auto deadline = SteadyDeadline(*timeout);
    acquired = AcquireNative(&deadline, site);
  }
  if (acquired) NoteAcquired(site);
  return acquired;
}

void Semaphore::NoteAcquired(std::uintptr_t site) {
  if (ThreadContext* context = lockgraph::Recording()) {
    context->OnAcquired(identity_, Mode::kExclusive, site);
  }
}

bool Semaphore::try_acquire() {
  bool acquired;
  if (Task* task = CurrentTask()) {
    Scheduler& scheduler = task->scheduler();
    const ObjectId id = Enter(scheduler);
    scheduler.Point(*task, OpKind::kTryAcquire, id, SELVAGE_CALL_SITE());
    acquired = model_permits_ > 0;
    if (acquired) {
      TakeInModel(scheduler, id);
    } else {
      scheduler.NoteUnsuccessful();
    }
  } else {
    acquired = TryAcquireNative();
  }
  if (acquired) internal::NoteTried(identity_, Mode::kExclusive, SELVAGE_CALL_SITE());
  return acquired;
}

void Semaphore::release(std::ptrdiff_t permits) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  if (Task* task = CurrentTask()) {
    Scheduler& scheduler = task->scheduler();
    const ObjectId id = Enter(scheduler);
    scheduler.Point(*task, OpKind::kRelease, id, site);
    CheckPermits(permits, model_permits_, site);
    internal::NotePermitsReleased(identity_, permits, site);
    tsan::Release(this);
    model_permits_ += permits;
    scheduler.Changed(id);
    return;
  }
  CheckPermits(permits, permits_.load(std::memory_order_relaxed), site);
  internal::NotePermitsReleased(identity_, permits, site);
  tsan::Release(this);
  permits_.fetch_add(static_cast<std::uint32_t>(permits), std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) != 0) {
    runtime::FutexWake(permits_, static_cast<int>(permits));
  }
}

// --- Native ---

bool Semaphore::TryAcquireNative() {
  std::uint32_t present = permits_.load(std::memory_order_seq_cst);
  while (present != 0) {
    if (permits_.compare_exchange_weak(present, present - 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      tsan::Acquire(this);
      return true;
    }
  }
  return false;
}

bool Semaphore::AcquireNative(const std::chrono::steady_clock::time_point* deadline,
                              std::uintptr_t site) {
  if (TryAcquireNative()) return true;
  ThreadContext* const context = deadline == nullptr ? lockgraph::Recording() : nullptr;
  if (context != nullptr) context->OnContended(identity_, Mode::kExclusive, site);
  // Announced before the word is looked at again: a release() then either is seen here or sees the
  // sleeper.
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  bool acquired = TryAcquireNative();
  bool in_time = true;
  while (!acquired && in_time) {
    in_time = runtime::FutexWait(permits_, 0, deadline ? std::optional(*deadline) : std::nullopt);
    acquired = TryAcquireNative();
  }
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
  if (context != nullptr) context->OnContentionOver();
  return acquired;
}

// --- Model ---

ObjectId Semaphore::Enter(Scheduler& scheduler) {
  bool first_use;
  const ObjectId id = scheduler.Enter(object_, first_use);
  if (first_use) {
    model_permits_ = permits_.load(std::memory_order_relaxed);
    tsan::Forget(this);
  }
  return id;
}

bool Semaphore::AcquireInModel(Task& task, std::optional<std::chrono::nanoseconds> timeout,
                               std::uintptr_t site) {
  Scheduler& scheduler = task.scheduler();
  const ObjectId id = Enter(scheduler);
  const Readiness available{.ready =
                                [](const void* context) {
                                  return static_cast<const Semaphore*>(context)->model_permits_ > 0;
                                },
                            .context = this};
  if (scheduler.Await(task, OpKind::kAcquire, id, site, available, timeout) ==
      runtime::WakeReason::kTimeout) {
    return false;
  }
  TakeInModel(scheduler, id);
  return true;
}

void Semaphore::TakeInModel(Scheduler& scheduler, ObjectId id) {
  --model_permits_;
  scheduler.Changed(id);
  tsan::Acquire(this);
}

}  // namespace selvage
