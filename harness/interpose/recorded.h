// What the lock-order recorder is told of pthread objects.
//
// An object is known to the recorder from its first operation on that is recorded, or from its
// initialisation where that is a call; its identity is found by the model of the schedule.
#ifndef SELVAGE_HARNESS_INTERPOSE_RECORDED_H_
#define SELVAGE_HARNESS_INTERPOSE_RECORDED_H_

#include <cstdint>
#include <vector>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/thread_context.h"
#include "selvage/harness/model/object.h"

namespace selvage::interpose {

using lockgraph::Mode;
using lockgraph::RequestKind;

// What there is to say of an object before its first use: `type` is a literal.
struct ObjectType {
  const char* type;
  lockgraph::Properties properties = {};
};

// An object of a schedule, as the recorder knows it.
struct RecordedObject {
  RecordedObject(const ObjectType& type, lockgraph::LockIdentity::Unseen unseen)
      : identity(type.type, type.properties, unseen) {}
  // Made by the calling task, at the moment.
  explicit RecordedObject(const ObjectType& type)
      : identity(type.type, nullptr, SourceLocation{}, type.properties), was_made(true) {}

  lockgraph::LockIdentity identity;
  const bool was_made = false;
  std::vector<bool> met_by;   // tasks, by their records' index
  lockgraph::Sent sent = {};  // of a once flag: what whoever did it had done before
};

// One operation of the calling thread on one object. Does nothing where the thread is not recorded.
class RecordedOperation {
 public:
  RecordedOperation() = default;
  RecordedOperation(lockgraph::ThreadContext* context, const lockgraph::LockIdentity* object,
                    std::uintptr_t site)
      : context_(context), object_(object), site_(site) {}

  explicit operator bool() const { return context_ != nullptr; }

  // REQUIRES: it is recorded.
  Mode HeldMode() const { return context_->HeldMode(*object_); }
  bool IsHeld() const { return context_ != nullptr && context_->Holds(*object_); }

  // Ordinary threads: about to sleep without a deadline, and awake again.
  void Contended(Mode mode) const {
    if (context_ != nullptr) context_->OnContended(*object_, mode, site_);
  }
  void ContentionOver() const {
    if (context_ != nullptr) context_->OnContentionOver();
  }

  // About to ask for it, which may wait.
  void Request(Mode mode, RequestKind kind) const {
    if (context_ != nullptr) context_->OnRequest(*object_, mode, kind, site_);
  }
  void Acquired(Mode mode) const {
    if (context_ != nullptr) context_->OnAcquired(*object_, mode, site_);
  }
  // Acquired without waiting.
  void Tried(Mode mode) const {
    if (context_ != nullptr) context_->OnTried(*object_, mode, site_);
  }
  // About to be released, however it is held.
  void Released() const {
    if (context_ != nullptr) context_->OnReleased(*object_, context_->HeldMode(*object_), site_);
  }
  void PermitReleased() const {
    if (context_ != nullptr) context_->OnPermitsReleased(*object_, 1, site_);
  }
  // About to wait for it as for a signal.
  void Await() const {
    if (context_ != nullptr) context_->OnAwait(*object_, RequestKind::kBlocking, site_);
  }
  void SignalReceived() const {
    if (context_ != nullptr) context_->OnSignalReceived(*object_);
  }
  // About to signal it.
  void Signal() const {
    if (context_ != nullptr) context_->OnSignal(*object_, site_);
  }

  // What was signalled last let nobody go on.
  void SignalLost() const {
    if (context_ != nullptr) context_->OnSignalLost(*object_, site_);
  }

  lockgraph::ThreadContext* context() const { return context_; }
  const lockgraph::LockIdentity& object() const { return *object_; }

 private:
  lockgraph::ThreadContext* context_ = nullptr;  // null: not recorded
  const lockgraph::LockIdentity* object_ = nullptr;
  std::uintptr_t site_ = 0;
};

// One on a once flag; `sent` is the flag's.
struct RecordedOnce {
  RecordedOperation operation;
  lockgraph::Sent* sent = nullptr;

  // It is done, by the calling thread.
  void Done() const {
    if (operation.context() != nullptr) *sent = operation.context()->OnSend();
  }
  // The calling thread knows that it is done, and does not hold it.
  void Passed() const {
    if (operation.context() == nullptr) return;
    operation.context()->OnPassed(operation.object());
    operation.context()->OnSignalReceived(*sent);
  }
};

inline RequestKind KindOf(const model::Timeout& timeout) {
  return timeout ? RequestKind::kTimed : RequestKind::kBlocking;
}

// `lock()`, an operation of the model that may wait, and what came of it.
template <typename Lock>
model::Result LockRecorded(const RecordedOperation& operation, Mode mode,
                           const model::Timeout& timeout, Lock lock) {
  operation.Request(mode, KindOf(timeout));
  const model::Result result = lock();
  if (result == model::Result::kOk) operation.Acquired(mode);
  return result;
}

// The same for one that does not wait.
template <typename TryLock>
model::Result TryRecorded(const RecordedOperation& operation, Mode mode, TryLock try_lock) {
  const model::Result result = try_lock();
  if (result == model::Result::kOk) operation.Tried(mode);
  return result;
}

// A wait of the model for a condition, with the mutex of `mutex`.
template <typename Wait>
model::Result WaitRecorded(const RecordedOperation& condition, const RecordedOperation& mutex,
                           const model::Timeout& timeout, std::uintptr_t site, Wait wait) {
  lockgraph::ThreadContext* const context = condition.context();
  if (context == nullptr) return wait();
  const std::uint32_t held =
      context->OnWait(condition.object(), mutex.object(), KindOf(timeout), site);
  const model::Result result = wait();
  using Reason = lockgraph::ThreadContext::WakeReason;
  context->OnWaitOver(condition.object(),
                      result == model::Result::kTimedOut ? Reason::kTimeout : Reason::kSignalled);
  context->OnReacquired(mutex.object(), held, site);
  return result;
}

// What objects of the C library are called, and how they behave.
ObjectType TypeOf(const pthread_mutex_t& mutex);
ObjectType TypeOf(const pthread_rwlock_t& lock);
inline constexpr ObjectType kSpinLock = {"spin lock"};
inline constexpr ObjectType kCondition = {"condition variable",
                                          {.kind = lockgraph::ObjectKind::kCondition}};
inline constexpr ObjectType kBarrier = {"barrier", {.kind = lockgraph::ObjectKind::kBarrier}};
ObjectType SemaphoreType(std::uint32_t permits);

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_RECORDED_H_
