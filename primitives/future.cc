#include "selvage/primitives/future.h"

#include <memory>
#include <string>
#include <utility>

#include "selvage/harness/runtime/exception_text.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/recording.h"

namespace selvage::internal {

using runtime::CurrentTask;
using runtime::DescribeException;
using runtime::OpKind;
using runtime::Task;

// What is waited for.
struct FutureState::Ended {
  const Progress& progress;

  bool operator()() const { return progress.IsDone(); }
  void VisitBlockers(runtime::BlockerVisitor& visitor) const {
    if (progress.runner) visitor.Visit(*progress.runner);
  }
};

void ThrowNoFutureState() { throw std::future_error(std::future_errc::no_state); }

FutureState::FutureState(std::string_view name, SourceLocation made_at)
    : Monitor("Future", name, made_at),
      identity_("Future", object().name(), made_at, {.kind = lockgraph::ObjectKind::kFuture}) {}

FutureState::~FutureState() {
  while (first_callback_ != nullptr) {
    DoneCallback* callback = first_callback_;
    first_callback_ = callback->next_;
    delete callback;
  }
  identity_.OnDestroyed();
  ForgetOrder(&references_);
}

void FutureState::ResetModel() { model_ = native_; }

FutureState::Progress& FutureState::State() { return CurrentTask() != nullptr ? model_ : native_; }

// --- References ---

void FutureState::AddReference() { references_.fetch_add(1, std::memory_order_relaxed); }

void FutureState::DropReference() {
  tsan::Release(&references_);
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  tsan::Acquire(&references_);
  if (UsedInSchedule()) ReportUnaskedException();
  delete this;
}

void FutureState::ReportUnaskedException() {
  if (model_.phase != Phase::kFailed || model_.asked_for) return;
  const tsan::IgnoreScope unseen;
  Task& task = *CurrentTask();
  task.scheduler().Report(task, FindingKind::kUnhandledException,
                          object()
                              .Description()
                              .append(": nobody asked for the exception of its task, ")
                              .append(DescribeException(error_)));
}

// --- Who makes it ready ---

bool FutureState::StartRunning() {
  Turn turn(*this, OpKind::kSet, SELVAGE_CALL_SITE());
  Progress& progress = State();
  if (progress.phase != Phase::kPending) {
    turn.Unsuccessful();
    return false;
  }
  progress.phase = Phase::kRunning;
  if (const Task* task = turn.task()) progress.runner = task->id();
  turn.Changed();
  return true;
}

void FutureState::Complete() { End(Phase::kCompleted, OpKind::kComplete, SELVAGE_CALL_SITE()); }

void FutureState::Fail(std::exception_ptr error) {
  error_ = std::move(error);
  End(Phase::kFailed, OpKind::kComplete, SELVAGE_CALL_SITE());
}

bool FutureState::Cancel() { return End(Phase::kCancelled, OpKind::kCancel, SELVAGE_CALL_SITE()); }

// The last reference may go away as soon as the turn ends; who calls this holds one.
bool FutureState::End(Phase phase, OpKind kind, std::uintptr_t site) {
  DoneCallback* callbacks = nullptr;
  {
    Turn turn(*this, kind, site);
    Progress& progress = State();
    if (phase == Phase::kCancelled && progress.phase != Phase::kPending) {
      if (progress.phase == Phase::kCancelled) return true;
      turn.Unsuccessful();
      return false;
    }
    NoteSignal(identity_, site);
    tsan::Release(this);
    progress.phase = phase;
    callbacks = std::exchange(first_callback_, nullptr);
    turn.Changed();
  }
  while (callbacks != nullptr) {
    DoneCallback* callback = callbacks;
    callbacks = callback->next_;
    RunCallback(callback);
  }
  return true;
}

// --- Who wants to know ---

FutureState::Phase FutureState::WaitForEnd(OpKind kind, std::uintptr_t site) {
  Progress& progress = State();
  NoteAwait(identity_, std::nullopt, site);
  const Turn turn(*this, kind, site, Ended{progress}, std::nullopt, {.lock = &identity_});
  progress.asked_for = true;
  NoteSignalReceived(identity_);
  tsan::Acquire(this);
  return progress.phase;
}

bool FutureState::Wait(Turn::Timeout timeout) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  const Progress& progress = State();
  NoteAwait(identity_, timeout, site);
  const Turn turn(*this, OpKind::kWait, site, Ended{progress}, timeout, {.lock = &identity_});
  if (turn.timed_out()) return false;
  NoteSignalReceived(identity_);
  tsan::Acquire(this);
  return true;
}

void FutureState::WaitForResult() {
  switch (WaitForEnd(OpKind::kGet, SELVAGE_CALL_SITE())) {
    case Phase::kFailed:
      std::rethrow_exception(error_);
    case Phase::kCancelled:
      ThrowCancelled();
    default:
      return;
  }
}

std::exception_ptr FutureState::WaitForException() {
  if (WaitForEnd(OpKind::kGet, SELVAGE_CALL_SITE()) == Phase::kCancelled) ThrowCancelled();
  return error_;
}

void FutureState::ThrowCancelled() const {
  throw CancelledError(object().Description().append(" was cancelled"));
}

bool FutureState::Done() {
  const Turn turn(*this, OpKind::kQuery, SELVAGE_CALL_SITE());
  const bool done = State().IsDone();
  if (!done) return false;
  NoteSignalReceived(identity_);
  tsan::Acquire(this);
  return true;
}

bool FutureState::Running() {
  const Turn turn(*this, OpKind::kQuery, SELVAGE_CALL_SITE());
  return State().phase == Phase::kRunning;
}

bool FutureState::Cancelled() {
  const Turn turn(*this, OpKind::kQuery, SELVAGE_CALL_SITE());
  return State().phase == Phase::kCancelled;
}

// --- Callbacks ---

void FutureState::AddDoneCallback(DoneCallback* callback) {
  {
    Turn turn(*this, OpKind::kPut, SELVAGE_CALL_SITE());
    tsan::Release(callback);
    if (!State().IsDone()) {
      (first_callback_ != nullptr ? last_callback_->next_ : first_callback_) = callback;
      last_callback_ = callback;
      turn.Changed();
      return;
    }
    tsan::Acquire(this);
  }
  RunCallback(callback);
}

void FutureState::RunCallback(DoneCallback* callback) {
  tsan::Acquire(callback);
  ForgetOrder(callback);
  const std::unique_ptr<DoneCallback> owned(callback);
  try {
    callback->Run();
  } catch (const runtime::TaskUnwound&) {
    throw;
  } catch (...) {
    Task* task = CurrentTask();
    if (task == nullptr) std::terminate();
    const tsan::IgnoreScope unseen;
    task->scheduler().Report(*task, FindingKind::kUnhandledException,
                             object()
                                 .Description()
                                 .append(": an exception left a done callback, ")
                                 .append(DescribeException(std::current_exception())));
  }
}

}  // namespace selvage::internal
