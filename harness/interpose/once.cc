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

// Says that the caller's turn is over, also if an exception ends it.
class OnceTurn {
 public:
  OnceTurn(runtime::Task& task, pthread_once_t* once, model::Once& model)
      : task_(task), once_(once), model_(model) {}
  ~OnceTurn() {
    if (task_.scheduler().unwinding()) return;
    // For ordinary threads, and schedules to come.
    if (done_) SELVAGE_NEXT(pthread_once)(once_, [] {});
    model_.End(task_, done_);
  }
  OnceTurn(const OnceTurn&) = delete;
  OnceTurn& operator=(const OnceTurn&) = delete;

  void Done() { done_ = true; }

 private:
  runtime::Task& task_;
  pthread_once_t* const once_;
  model::Once& model_;
  bool done_ = false;
};

int RunOnce(runtime::Task& task, pthread_once_t* once, void (*function)(), std::uintptr_t caller) {
  if (IsUnwinding(task)) return 0;
  if (IsDone(once)) {
    tsan::Acquire(once);
    return 0;
  }
  model::Once& model = World::Of(task).OnceAt(once, "once flag", caller);
  if (model.Begin(task, caller) == model::Once::Turn::kDone) return 0;
  OnceTurn turn(task, once, model);
  function();
  turn.Done();
  return 0;
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::CallerScope;
using selvage::interpose::Controlled;
using selvage::interpose::Opaque;
using selvage::interpose::World;
using selvage::model::Once;
using selvage::runtime::Task;

int pthread_once(pthread_once_t* once, void (*function)()) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, once)) {
    return selvage::interpose::RunOnce(*task, once, function, caller);
  }
  const CallerScope scope(caller);
  return SELVAGE_NEXT(pthread_once)(once, function);
}

// Whether the caller is to initialise the static.
int __wrap___cxa_guard_acquire(std::int64_t* guard) {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (selvage::interpose::DoneByteOf(guard).load(std::memory_order_relaxed) == 0) {
    if (Task* task = Controlled(caller, guard)) {
      return Opaque(*task, 1, [&](World& world) {
        Once& model = world.OnceAt(guard, "function-local static", caller);
        return model.Begin(*task, caller) == Once::Turn::kCallers ? 1 : 0;
      });
    }
  }
  const CallerScope scope(caller);
  return __real___cxa_guard_acquire(guard);
}

void __wrap___cxa_guard_release(std::int64_t* guard) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, guard)) {
    selvage::interpose::DoneByteOf(guard).store(1, std::memory_order_release);
    Opaque(*task, 0, [&](World& world) {
      world.OnceAt(guard, "function-local static", caller).End(*task, /*done=*/true);
      return 0;
    });
    return;
  }
  const CallerScope scope(caller);
  __real___cxa_guard_release(guard);
}

void __wrap___cxa_guard_abort(std::int64_t* guard) noexcept {
  const std::uintptr_t caller = SELVAGE_CALLER();
  if (Task* task = Controlled(caller, guard)) {
    Opaque(*task, 0, [&](World& world) {
      world.OnceAt(guard, "function-local static", caller).End(*task, /*done=*/false);
      return 0;
    });
    return;
  }
  const CallerScope scope(caller);
  __real___cxa_guard_abort(guard);
}

}  // extern "C"
