// Abseil's Mutex, CondVar, Notification and BlockingCounter, where they are in a shared library.
//
// That library waits by futexes, which are operations of the schedule (futex.cc). But what it does
// without waiting is atomic updates in code that nobody instrumented: no scheduling points, and for
// TSan no order, so that what a mutex guards looks like a race. So the functions are defined here,
// in front of the library's: each is a scheduling point, tells TSan who comes after whom, and calls
// the library's own. A library that is linked statically is instrumented like any code under test;
// then Abseil tells TSan itself, and this file is not built.

#include <absl/base/config.h>
#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>

#include <atomic>
#include <cstring>
#include <string>
#include <type_traits>

#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/tsan/annotations.h"

#define SELVAGE_TEXT(name) #name
#define SELVAGE_TEXT_OF(macro) SELVAGE_TEXT(macro)

namespace selvage::interpose {

void LinkAbslSynchronization() {}

namespace {

using runtime::OpKind;
using runtime::Task;

// The library's definition of the function whose name ends like this, for which Itanium's ABI, 5.1,
// has "_ZN", or "_ZNK" for a const one, and the namespaces before.
template <typename Function>
Function* Behind(std::atomic<Function*>& known, const char* prefix, const char* rest) {
  if (Function* next = known.load(std::memory_order_relaxed)) return next;
  const tsan::IgnoreScope unseen;
  std::string name = std::string(prefix) + "4absl";
#if ABSL_OPTION_USE_INLINE_NAMESPACE
  constexpr const char* kInner = SELVAGE_TEXT_OF(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  name += std::to_string(std::strlen(kInner)) + kInner;
#endif
  name += rest;
  auto* next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name.c_str()));
  known.store(next, std::memory_order_relaxed);
  return next;
}

#define SELVAGE_BEHIND(Function, prefix, rest)                                    \
  ([] {                                                                           \
    static constinit std::atomic<std::type_identity_t<Function>*> known{nullptr}; \
    const selvage::tsan::IgnoreScope unseen;                                      \
    return selvage::interpose::Behind<Function>(known, prefix, rest);             \
  }())

// A scheduling point before what the call does to the object, if the call is the code under test's.
// Null: it is not.
Task* Point(const void* object, const char* type, OpKind kind, std::uintptr_t caller) {
  Task* const task = Controlled(caller, object);
  if (task == nullptr) return nullptr;
  Opaque(*task, 0, [&](World& world) {
    task->scheduler().Point(*task, kind, world.FutexAt(object, caller, type).id(), caller);
    task->scheduler().NoteTouchOfEverything();  // the library's queues are not seen
    return 0;
  });
  return task;
}

// The same before a try; `take` says whether it has the lock.
template <typename Take>
bool Try(const absl::Mutex* mutex, OpKind kind, std::uintptr_t caller, Take take) {
  Task* const task = Point(mutex, "absl::Mutex", kind, caller);
  if (take()) return true;
  if (task != nullptr) task->scheduler().NoteUnsuccessful();
  return false;
}

// --- What TSan is told ---

// What writers did comes before all who have the mutex later, what readers did before writers.
const void* ReadersOf(const absl::Mutex* mutex) { return reinterpret_cast<const char*>(mutex) + 1; }

void TellTaken(const absl::Mutex* mutex) {
  tsan::Acquire(mutex);
  tsan::Acquire(ReadersOf(mutex));
}
void TellTakenForReading(const absl::Mutex* mutex) { tsan::Acquire(mutex); }
void TellLeft(const absl::Mutex* mutex) { tsan::Release(mutex); }
void TellLeftByReader(const absl::Mutex* mutex) { tsan::Release(ReadersOf(mutex)); }

// Whether who calls, and has the mutex, has it for writing (kMuWriter in Abseil's mutex.cc).
bool IsWrittenUnder(const absl::Mutex* mutex) {
  constexpr std::intptr_t kMuWriter = 8;
  return (__atomic_load_n(reinterpret_cast<const std::intptr_t*>(mutex), __ATOMIC_RELAXED) &
          kMuWriter) != 0;
}

// Lives around a call that lets go of the mutex, which the caller has, and takes it again.
class LetsGo {
 public:
  explicit LetsGo(const absl::Mutex* mutex) : mutex_(mutex), writes_(IsWrittenUnder(mutex)) {
    writes_ ? TellLeft(mutex) : TellLeftByReader(mutex);
  }
  ~LetsGo() { writes_ ? TellTaken(mutex_) : TellTakenForReading(mutex_); }
  LetsGo(const LetsGo&) = delete;
  LetsGo& operator=(const LetsGo&) = delete;

 private:
  const absl::Mutex* const mutex_;
  const bool writes_;
};

// A condition that somebody waits for, with its mutex. Whoever lets go of the mutex looks whether
// it is true, and so does who waits, in the middle of the library's function: both have the mutex.
class Awaited {
 public:
  Awaited(const absl::Condition& condition, const absl::Mutex* mutex)
      : condition_(&condition), mutex_(mutex) {
    if (!tsan::Present()) return;
    Lock();
    next_ = first_;
    first_ = this;
    Unlock();
  }
  ~Awaited() {
    if (!tsan::Present()) return;
    Lock();
    Awaited** at = &first_;
    while (*at != this) at = &(*at)->next_;
    *at = next_;
    Unlock();
  }
  Awaited(const Awaited&) = delete;
  Awaited& operator=(const Awaited&) = delete;

  // The mutex that goes with the condition; null: nobody waits for it.
  static const absl::Mutex* MutexOf(const absl::Condition* condition) {
    Lock();
    const Awaited* at = first_;
    while (at != nullptr && at->condition_ != condition) at = at->next_;
    const absl::Mutex* mutex = at == nullptr ? nullptr : at->mutex_;
    Unlock();
    return mutex;
  }

 private:
  // Held for a few instructions, in which no task is switched.
  static void Lock() {
    while (__atomic_test_and_set(&locked_, __ATOMIC_ACQUIRE)) {
    }
  }
  static void Unlock() { __atomic_clear(&locked_, __ATOMIC_RELEASE); }

  static constinit inline bool locked_ = false;
  static constinit inline Awaited* first_ = nullptr;

  const absl::Condition* const condition_;
  const absl::Mutex* const mutex_;
  Awaited* next_ = nullptr;
};

}  // namespace
}  // namespace selvage::interpose

using selvage::interpose::Awaited;
using selvage::interpose::LetsGo;
using selvage::interpose::Point;
using selvage::runtime::OpKind;

#define SELVAGE_POINT(type, kind) Point(this, type, OpKind::kind, SELVAGE_CALLER())

namespace absl {
ABSL_NAMESPACE_BEGIN

// --- Mutex ---

void Mutex::Lock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLock);
  SELVAGE_BEHIND(void(Mutex*), "_ZN", "5Mutex4LockEv")(this);
  selvage::interpose::TellTaken(this);
}

void Mutex::Unlock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kUnlock);
  selvage::interpose::TellLeft(this);
  SELVAGE_BEHIND(void(Mutex*), "_ZN", "5Mutex6UnlockEv")(this);
}

bool Mutex::TryLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto take = SELVAGE_BEHIND(bool(Mutex*), "_ZN", "5Mutex7TryLockEv");
  if (!selvage::interpose::Try(this, OpKind::kTryLock, SELVAGE_CALLER(),
                               [&] { return take(this); })) {
    return false;
  }
  selvage::interpose::TellTaken(this);
  return true;
}

void Mutex::ReaderLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLockShared);
  SELVAGE_BEHIND(void(Mutex*), "_ZN", "5Mutex10ReaderLockEv")(this);
  selvage::interpose::TellTakenForReading(this);
}

void Mutex::ReaderUnlock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kUnlockShared);
  selvage::interpose::TellLeftByReader(this);
  SELVAGE_BEHIND(void(Mutex*), "_ZN", "5Mutex12ReaderUnlockEv")(this);
}

bool Mutex::ReaderTryLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto take = SELVAGE_BEHIND(bool(Mutex*), "_ZN", "5Mutex13ReaderTryLockEv");
  if (!selvage::interpose::Try(this, OpKind::kTryLockShared, SELVAGE_CALLER(),
                               [&] { return take(this); })) {
    return false;
  }
  selvage::interpose::TellTakenForReading(this);
  return true;
}

void Mutex::Await(const Condition& condition) {
  SELVAGE_POINT("absl::Mutex", kWait);
  const Awaited awaited(condition, this);
  const LetsGo away(this);
  SELVAGE_BEHIND(void(Mutex*, const Condition&), "_ZN", "5Mutex5AwaitERKNS0_9ConditionE")
  (this, condition);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, absl::Duration timeout) {
  SELVAGE_POINT("absl::Mutex", kWait);
  const Awaited awaited(condition, this);
  const LetsGo away(this);
  return SELVAGE_BEHIND(bool(Mutex*, const Condition&, absl::Duration), "_ZN",
                        "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE")(this, condition,
                                                                                    timeout);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, absl::Time deadline) {
  SELVAGE_POINT("absl::Mutex", kWait);
  const Awaited awaited(condition, this);
  const LetsGo away(this);
  return SELVAGE_BEHIND(bool(Mutex*, const Condition&, absl::Time), "_ZN",
                        "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE")(this, condition,
                                                                                 deadline);
}

void Mutex::LockWhen(const Condition& condition) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLock);
  const Awaited awaited(condition, this);
  SELVAGE_BEHIND(void(Mutex*, const Condition&), "_ZN", "5Mutex8LockWhenERKNS0_9ConditionE")
  (this, condition);
  selvage::interpose::TellTaken(this);
}

bool Mutex::LockWhenWithTimeout(const Condition& condition,
                                absl::Duration timeout) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLock);
  const Awaited awaited(condition, this);
  const bool is_true = SELVAGE_BEHIND(
      bool(Mutex*, const Condition&, absl::Duration), "_ZN",
      "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE")(this, condition, timeout);
  selvage::interpose::TellTaken(this);
  return is_true;
}

bool Mutex::LockWhenWithDeadline(const Condition& condition,
                                 absl::Time deadline) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLock);
  const Awaited awaited(condition, this);
  const bool is_true = SELVAGE_BEHIND(bool(Mutex*, const Condition&, absl::Time), "_ZN",
                                      "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE")(
      this, condition, deadline);
  selvage::interpose::TellTaken(this);
  return is_true;
}

void Mutex::ReaderLockWhen(const Condition& condition) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLockShared);
  const Awaited awaited(condition, this);
  SELVAGE_BEHIND(void(Mutex*, const Condition&), "_ZN", "5Mutex14ReaderLockWhenERKNS0_9ConditionE")
  (this, condition);
  selvage::interpose::TellTakenForReading(this);
}

bool Mutex::ReaderLockWhenWithTimeout(const Condition& condition,
                                      absl::Duration timeout) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLockShared);
  const Awaited awaited(condition, this);
  const bool is_true =
      SELVAGE_BEHIND(bool(Mutex*, const Condition&, absl::Duration), "_ZN",
                     "5Mutex25ReaderLockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE")(
          this, condition, timeout);
  selvage::interpose::TellTakenForReading(this);
  return is_true;
}

bool Mutex::ReaderLockWhenWithDeadline(const Condition& condition,
                                       absl::Time deadline) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  SELVAGE_POINT("absl::Mutex", kLockShared);
  const Awaited awaited(condition, this);
  const bool is_true = SELVAGE_BEHIND(
      bool(Mutex*, const Condition&, absl::Time), "_ZN",
      "5Mutex26ReaderLockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE")(this, condition, deadline);
  selvage::interpose::TellTakenForReading(this);
  return is_true;
}

bool Condition::Eval() const {
  const auto next = SELVAGE_BEHIND(bool(const Condition*), "_ZNK", "9Condition4EvalEv");
  const Mutex* mutex = selvage::tsan::Present() ? Awaited::MutexOf(this) : nullptr;
  if (mutex == nullptr) return next(this);
  selvage::interpose::TellTakenForReading(mutex);
  const bool is_true = next(this);
  selvage::interpose::TellLeftByReader(mutex);
  return is_true;
}

// --- CondVar ---

void CondVar::Wait(Mutex* mutex) {
  SELVAGE_POINT("absl::CondVar", kWait);
  const LetsGo away(mutex);
  SELVAGE_BEHIND(void(CondVar*, Mutex*), "_ZN", "7CondVar4WaitEPNS0_5MutexE")(this, mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, absl::Duration timeout) {
  SELVAGE_POINT("absl::CondVar", kWait);
  const LetsGo away(mutex);
  return SELVAGE_BEHIND(bool(CondVar*, Mutex*, absl::Duration), "_ZN",
                        "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE")(this, mutex,
                                                                                timeout);
}

bool CondVar::WaitWithDeadline(Mutex* mutex, absl::Time deadline) {
  SELVAGE_POINT("absl::CondVar", kWait);
  const LetsGo away(mutex);
  return SELVAGE_BEHIND(bool(CondVar*, Mutex*, absl::Time), "_ZN",
                        "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE")(this, mutex, deadline);
}

void CondVar::Signal() {
  SELVAGE_POINT("absl::CondVar", kNotifyOne);
  SELVAGE_BEHIND(void(CondVar*), "_ZN", "7CondVar6SignalEv")(this);
}

void CondVar::SignalAll() {
  SELVAGE_POINT("absl::CondVar", kNotifyAll);
  SELVAGE_BEHIND(void(CondVar*), "_ZN", "7CondVar9SignalAllEv")(this);
}

// --- Notification ---

// HasBeenNotified() is a load of the flag in the caller's own code.
void Notification::Notify() {
  SELVAGE_POINT("absl::Notification", kSet);
  selvage::tsan::Release(&notified_yet_);
  SELVAGE_BEHIND(void(Notification*), "_ZN", "12Notification6NotifyEv")(this);
}

void Notification::WaitForNotification() const {
  SELVAGE_POINT("absl::Notification", kWait);
  SELVAGE_BEHIND(void(const Notification*), "_ZNK", "12Notification19WaitForNotificationEv")(this);
  selvage::tsan::Acquire(&notified_yet_);
}

bool Notification::WaitForNotificationWithTimeout(absl::Duration timeout) const {
  SELVAGE_POINT("absl::Notification", kWait);
  const bool notified = SELVAGE_BEHIND(
      bool(const Notification*, absl::Duration), "_ZNK",
      "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE")(this, timeout);
  if (notified) selvage::tsan::Acquire(&notified_yet_);
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(absl::Time deadline) const {
  SELVAGE_POINT("absl::Notification", kWait);
  const bool notified =
      SELVAGE_BEHIND(bool(const Notification*, absl::Time), "_ZNK",
                     "12Notification31WaitForNotificationWithDeadlineENS0_4TimeE")(this, deadline);
  if (notified) selvage::tsan::Acquire(&notified_yet_);
  return notified;
}

// --- BlockingCounter ---

bool BlockingCounter::DecrementCount() {
  SELVAGE_POINT("absl::BlockingCounter", kArrive);
  selvage::tsan::Release(this);
  return SELVAGE_BEHIND(bool(BlockingCounter*), "_ZN", "15BlockingCounter14DecrementCountEv")(this);
}

void BlockingCounter::Wait() {
  SELVAGE_POINT("absl::BlockingCounter", kWait);
  SELVAGE_BEHIND(void(BlockingCounter*), "_ZN", "15BlockingCounter4WaitEv")(this);
  selvage::tsan::Acquire(this);
}

ABSL_NAMESPACE_END
}  // namespace absl
