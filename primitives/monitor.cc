#include "selvage/primitives/monitor.h"

#include <stdexcept>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/misuse.h"

namespace selvage::internal {

using runtime::CurrentTask;
using runtime::ObjectId;
using runtime::OpKind;
using runtime::Scheduler;
using runtime::Task;
using runtime::TaskId;

void ForgetOrder(const void* address) { tsan::Forget(address); }

Monitor::Monitor(const char* type, std::string_view name, SourceLocation made_at)
    : object_(type, name, made_at) {}

Monitor::~Monitor() {
  if (UsedInSchedule()) {
    Task& self = *CurrentTask();
    Scheduler& scheduler = self.scheduler();
    const ObjectId id = Enter(scheduler);
    scheduler.NoteTouchOfEverything();
    for (std::uint32_t i = 0; i < scheduler.task_count(); ++i) {
      const Task& task = scheduler.task(TaskId{i});
      if (&task == &self || task.finished() || task.pending().object != id) continue;
      ReportMisuse(self, object_, "destroyed while another task is about to use it",
                   SELVAGE_CALL_SITE());
    }
  }
  ForgetOrder(this);
}

ObjectId Monitor::Enter(Scheduler& scheduler) {
  bool first_use;
  const ObjectId id = scheduler.Enter(object_, first_use);
  if (first_use) {
    ForgetOrder(this);
    ResetModel();
  }
  return id;
}

bool Monitor::UsedInSchedule() const {
  const Task* task = CurrentTask();
  return task != nullptr && task->scheduler().Knows(object_);
}

void Monitor::Misuse(std::string_view what, std::uintptr_t site) const {
  if (Task* task = CurrentTask()) return ReportMisuse(*task, object_, what, site);
  throw std::logic_error(object_.Description().append(": ").append(what));
}

void Monitor::Misuse(std::errc code, std::string_view what, std::uintptr_t site) const {
  if (Task* task = CurrentTask()) return ReportMisuse(*task, object_, what, site);
  ThrowMisuse(code, object_, what);
}

Monitor::Turn::Turn(Monitor& monitor, OpKind kind, std::uintptr_t site)
    : monitor_(monitor), task_(CurrentTask()) {
  if (task_ != nullptr) {
    id_ = monitor_.Enter(task_->scheduler());
    task_->scheduler().Point(*task_, kind, id_, site);
  } else {
    monitor_.lock_.Acquire();
  }
}

Monitor::Turn::Turn(Monitor& monitor, OpKind kind, std::uintptr_t site,
                    runtime::Readiness readiness, Timeout timeout, Contention contention)
    : monitor_(monitor), task_(CurrentTask()) {
  if (task_ != nullptr) {
    id_ = monitor_.Enter(task_->scheduler());
  } else {
    monitor_.lock_.Acquire();
  }
  timed_out_ = !Wait(kind, site, readiness, timeout, contention);
}

Monitor::Turn::~Turn() {
  if (task_ != nullptr) return;
  const bool wake = changed_ && monitor_.sleepers_ > 0;
  if (wake) monitor_.changes_.fetch_add(1, std::memory_order_relaxed);
  // Once it is free the monitor may be destroyed; FutexWake does not read the word.
  const std::atomic<std::uint32_t>& changes = monitor_.changes_;
  monitor_.lock_.Release();
  if (wake) runtime::FutexWake(changes, runtime::kWakeAll);
}

bool Monitor::Turn::Wait(OpKind kind, std::uintptr_t site, runtime::Readiness readiness,
                         Timeout timeout, Contention contention) {
  if (task_ == nullptr) {
    if (contention.lock != nullptr && !timeout) return SleepOn(contention, site, readiness);
    return SleepUntil(readiness, timeout);
  }
  return task_->scheduler().Await(*task_, kind, id_, site, readiness, timeout) ==
         runtime::WakeReason::kReady;
}

// In the turn: what the recorder takes for blocked must be in line already.
bool Monitor::Turn::SleepOn(Contention contention, std::uintptr_t site,
                            const runtime::Readiness& readiness) {
  lockgraph::ThreadContext* const context = lockgraph::Recording();
  if (context == nullptr || readiness.ready(readiness.context)) {
    return SleepUntil(readiness, std::nullopt);
  }
  context->OnContended(*contention.lock, contention.mode, site);
  const bool ready = SleepUntil(readiness, std::nullopt);
  context->OnContentionOver();
  return ready;
}

bool Monitor::Turn::SleepUntil(const runtime::Readiness& readiness, Timeout timeout) {
  using SteadyClock = std::chrono::steady_clock;
  std::optional<SteadyClock::time_point> deadline;
  if (timeout) {
    const auto now = SteadyClock::now();
    // A deadline that the clock cannot express never comes.
    if (timeout.value() <= SteadyClock::time_point::max() - now) deadline = now + timeout.value();
  }
  while (!readiness.ready(readiness.context)) {
    // What this turn has changed so far concerns those who sleep already.
    if (changed_ && monitor_.sleepers_ > 0) {
      monitor_.changes_.fetch_add(1, std::memory_order_relaxed);
      runtime::FutexWake(monitor_.changes_, runtime::kWakeAll);
    }
    changed_ = false;
    const std::uint32_t seen = monitor_.changes_.load(std::memory_order_relaxed);
    ++monitor_.sleepers_;
    monitor_.lock_.Release();
    const bool in_time = runtime::FutexWait(monitor_.changes_, seen, deadline);
    monitor_.lock_.Acquire();
    --monitor_.sleepers_;
    if (!in_time && !readiness.ready(readiness.context)) return false;
  }
  return true;
}

void Monitor::Turn::Changed() {
  if (task_ != nullptr) {
    task_->scheduler().Changed(id_);
  } else {
    changed_ = true;
  }
}

void Monitor::Turn::Unsuccessful() {
  if (task_ != nullptr) task_->scheduler().NoteUnsuccessful();
}

OutsideSchedule::OutsideSchedule() : task_(CurrentTask()) {
  runtime::current_task = nullptr;
  ++tsan::ignore_depth;
  if (tsan::Present()) __tsan_ignore_thread_begin();
}

OutsideSchedule::~OutsideSchedule() {
  if (tsan::Present()) __tsan_ignore_thread_end();
  --tsan::ignore_depth;
  runtime::current_task = task_;
}

}  // namespace selvage::internal
