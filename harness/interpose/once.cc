// pthread_once(), which std::call_once() is made of, and the guards of function-local statics
// (Itanium C++ ABI, section 3.3.3).

#include <errno.h>
#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/interpose/native_objects.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_once(pthread_once_t*, void (*)());

// The linker's names (--wrap) for the guards of whoever has them: the C++ library, or TSan, whose
// definitions are strong.
int __real___cxa_guard_acquire(std::int64_t* guard);
void __real___cxa_guard_release(std::int64_t* guard) noexcept;
void __real___cxa_guard_abort(std::int64_t* guard) noexcept;
}

namespace selvage::interpose {

void LinkOnce() {}

namespace {

using model::Once;

// Whether the function of a pthread_once_t has returned, as the C library, or TSan in its place,
// has written it down.
bool IsDone(const pthread_once_t* once) {
  const int word = reinterpret_cast<const std::atomic<int>*>(once)->load(std::memory_order_acquire);
  return tsan::Present() ? word == 1 : (word & 2) != 0;
}

// The first byte is not 0 once the static is initialised.
std::atomic<char>& DoneByteOf(std::int64_t* guard) {
  return *reinterpret_cast<std::atomic<char>*>(guard);
}

constexpr char kOnceFlag[] = "once flag";
constexpr char kStatic[] = "function-local static";

// A wait for something that is done, by whomever.
void NotePassed(const RecordedOnce& once) {
  once.operation.Request(Mode::kExclusive, RequestKind::kBlocking);
  once.operation.Acquired(Mode::kExclusive);
  once.operation.Released();
  once.Passed();
}

// The caller's turn, or else a wait until it is done.
Once::Turn Begin(runtime::Task& task, World& world, const void* flag, const char* type,
                 std::uintptr_t caller) {
  const RecordedOnce recorded = world.Recorded(flag, type, caller);
  recorded.operation.Request(Mode::kExclusive, RequestKind::kBlocking);
  const Once::Turn turn = world.OnceAt(flag, type, caller).Begin(task, caller);
  recorded.operation.Acquired(Mode::kExclusive);
  if (turn == Once::Turn::kDone) {
    recorded.operation.Released();
    recorded.Passed();
  }
  return turn;
}

void End(runtime::Task& task, World& world, const void* flag, const char* type, bool done,
         std::uintptr_t caller) {
  const RecordedOnce recorded = world.Recorded(flag, type, caller);
  if (done) recorded.Done();
  recorded.operation.Released();
  if (done) recorded.Passed();
  world.OnceAt(flag, type, caller).End(task, done);
}

// pthread_once() of an ordinary thread that is recorded: the C library calls a function without
// arguments.
class RecordedOnceCall {
 public:
  RecordedOnceCall(const RecordedOnce& once, void (*function)())
      : once_(once), function_(function), outer_(current_) {
    current_ = this;
  }
  ~RecordedOnceCall() { current_ = outer_; }
  RecordedOnceCall(const RecordedOnceCall&) = delete;
  RecordedOnceCall& operator=(const RecordedOnceCall&) = delete;

  int Run(pthread_once_t* flag) {
    once_.operation.Request(Mode::kExclusive, RequestKind::kBlocking);
    const int error = SELVAGE_NEXT(pthread_once)(flag, &RunCurrent);
    if (!was_run_) once_.operation.Acquired(Mode::kExclusive);
    once_.operation.Released();
    once_.Passed();
    return error;
  }

 private:
  static void RunCurrent() {
    RecordedOnceCall& self = *current_;
    self.was_run_ = true;
    self.once_.operation.Acquired(Mode::kExclusive);
    // Not done if an exception leaves it.
    struct Leave {
      const RecordedOnce& once;
      bool done = false;
      ~Leave() {
        if (!done) once.operation.Released();
      }
    } leave{self.once_};
    self.function_();
    leave.done = true;
    self.once_.Done();
  }

  static constinit thread_local RecordedOnceCall* current_;

  const RecordedOnce once_;
  void (*const function_)();
  RecordedOnceCall* const outer_;
  bool was_run_ = false;
};

constinit thread_local RecordedOnceCall* RecordedOnceCall::current_ = nullptr;

// Of an ordinary thread; its operation does nothing where that is not recorded.
RecordedOnce RecordedGuard(const void* guard, std::uintptr_t caller) {
  if (!AnyIsRecorded()) [[likely]]
    return {};
  return FindNativeOnce(guard, kStatic, caller);
}

// Says that the caller's turn is over, also if an exception ends it.
class OnceTurn {
 public:
  OnceTurn(runtime::Task& task, pthread_once_t* once, std::uintptr_t caller)
      : task_(task), once_(once), caller_(caller) {}
  ~OnceTurn() {
    if (task_.scheduler().unwinding()) return;
    // For ordinary threads, and schedules to come.
    if (done_) SELVAGE_NEXT(pthread_once)(once_, [] {});
    End(task_, World::Of(task_), once_, kOnceFlag, done_, caller_);
  }
  OnceTurn(const OnceTurn&) = delete;
  OnceTurn& operator=(const OnceTurn&) = delete;

  void Done() { done_ = true; }

 private:
  runtime::Task& task_;
  pthread_once_t* const once_;
  const std::uintptr_t caller_;
  bool done_ = false;
};

int RunOnce(runtime::Task& task, pthread_once_t* once, void (*function)(), std::uintptr_t caller) {
  if (IsUnwinding(task)) return 0;
  if (IsDone(once)) {
    tsan::Acquire(once);
    NotePassed(World::Of(task).Recorded(once, kOnceFlag, caller));
    return 0;
  }
  if (Begin(task, World::Of(task), once, kOnceFlag, caller) == Once::Turn::kDone) return 0;
  OnceTurn turn(task, once, caller);
  function();
  turn.Done();
  return 0;
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::kOnceFlag;
using selvage::interpose::kStatic;
using selvage::interpose::Mode;
using selvage::interpose::Opaque;
using selvage::interpose::RecordedGuard;
using selvage::interpose::RecordedOnceCall;
using selvage::interpose::RequestKind;
using selvage::interpose::World;
using selvage::model::Once;
using selvage::runtime::Task;

int pthread_once(pthread_once_t* once, void (*function)()) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, once)) {
    return selvage::interpose::RunOnce(*task, once, function, caller);
  }
  const CallerScope scope(caller);
  if (selvage::interpose::AnyIsRecorded()) [[unlikely]] {
    const auto recorded = selvage::interpose::FindNativeOnce(once, kOnceFlag, caller);
    if (recorded.operation) return RecordedOnceCall(recorded, function).Run(once);
  }
  return SELVAGE_NEXT(pthread_once)(once, function);
}

// Whether the caller is to initialise the static.
int __wrap___cxa_guard_acquire(std::int64_t* guard) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (selvage::interpose::DoneByteOf(guard).load(std::memory_order_relaxed) == 0) {
    if (Task* task = Controlled(caller, guard)) {
      return Opaque(*task, 1, [&](World& world) {
        return selvage::interpose::Begin(*task, world, guard, kStatic, caller) ==
                       Once::Turn::kCallers
                   ? 1
                   : 0;
      });
    }
  }
  const CallerScope scope(caller);
  const auto recorded = RecordedGuard(guard, caller);
  recorded.operation.Request(Mode::kExclusive, RequestKind::kBlocking);
  const int turn = __real___cxa_guard_acquire(guard);
  recorded.operation.Acquired(Mode::kExclusive);
  if (turn == 0) {
    recorded.operation.Released();
    recorded.Passed();
  }
  return turn;
}

void __wrap___cxa_guard_release(std::int64_t* guard) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, guard)) {
    selvage::interpose::DoneByteOf(guard).store(1, std::memory_order_release);
    Opaque(*task, 0, [&](World& world) {
      selvage::interpose::End(*task, world, guard, kStatic, /*done=*/true, caller);
      return 0;
    });
    return;
  }
  const CallerScope scope(caller);
  const auto recorded = RecordedGuard(guard, caller);
  recorded.Done();
  recorded.operation.Released();
  __real___cxa_guard_release(guard);
  recorded.Passed();
}

void __wrap___cxa_guard_abort(std::int64_t* guard) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, guard)) {
    Opaque(*task, 0, [&](World& world) {
      selvage::interpose::End(*task, world, guard, kStatic, /*done=*/false, caller);
      return 0;
    });
    return;
  }
  const CallerScope scope(caller);
  RecordedGuard(guard, caller).operation.Released();
  __real___cxa_guard_abort(guard);
}

}  // extern "C"
