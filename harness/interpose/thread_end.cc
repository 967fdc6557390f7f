// What a task does when its function has returned, as a thread would: the destructors of its
// thread_locals (__cxa_thread_atexit(), Itanium C++ ABI, section 3.3.6) and of what it keeps by
// pthread keys. They are operations of the schedule, and are over before the task is joined.
//
// Of the program itself. A shared library's thread_locals stay with the thread that lends the task
// its stack, and so does what it keeps by keys, since one may point to the other. The C++ library's
// key is the task's: it has what std::notify_all_at_thread_exit() and its like are to do.

#include <limits.h>
#include <pthread.h>

#include <array>
#include <atomic>

#include "selvage/harness/interpose/control.h"
#include "selvage/harness/interpose/definition.h"
#include "selvage/harness/interpose/foreign.h"
#include "selvage/harness/interpose/fronts.h"
#include "selvage/harness/runtime/thread_locals.h"
#include "selvage/harness/tsan/annotations.h"

// What a sanitizer calls its own version, where it is linked into the program.
extern "C" {
__attribute__((weak)) int __interceptor_pthread_key_create(pthread_key_t*, void (*)(void*));
__attribute__((weak)) int __interceptor_pthread_key_delete(pthread_key_t);
__attribute__((weak)) void* __interceptor_pthread_getspecific(pthread_key_t);
__attribute__((weak)) int __interceptor_pthread_setspecific(pthread_key_t, const void*);
__attribute__((weak)) int __interceptor___cxa_thread_atexit(void (*)(void*), void*, void*);
}

namespace selvage::interpose {

void LinkThreadEnd() {}

namespace {

using runtime::Task;

// A destructor of the program, to be run at the task's end.
struct Destruction {
  runtime::ExitAction action;  // first, so that one is found by the other
  void (*destroy)(void*);
  void* object;
};

void RunAndFree(runtime::ExitAction& action) {
  auto* self = reinterpret_cast<Destruction*>(&action);
  const Destruction destruction = *self;
  {
    const tsan::IgnoreScope unseen;
    delete self;
  }
  destruction.destroy(destruction.object);
}

// The keys that have been made, by number.
struct Key {
  // Return address of the call that made it; 0: there is none.
  std::atomic<std::uintptr_t> maker{0};
  std::atomic<void (*)(void*)> destroy{nullptr};
};

constinit std::array<Key, PTHREAD_KEYS_MAX> keys = {};

bool IsKeptByTasks(pthread_key_t key) {
  if (key >= keys.size()) return false;
  const std::uintptr_t maker = keys[key].maker.load(std::memory_order_relaxed);
  return IsOfProgram(maker) || IsOfStandardLibrary(maker);
}

// The task that has a value of its own for this key; null: the thread has it.
Task* KeeperOf(pthread_key_t key) {
  Task* task = runtime::CurrentTask();
  return task != nullptr && IsKeptByTasks(key) && tsan::ignore_depth == 0 ? task : nullptr;
}

// What a task keeps by keys; for its end, and freed then.
struct Kept {
  runtime::ExitAction action;  // first
  Task* task;
  std::array<void*, PTHREAD_KEYS_MAX> values;
};

void DestroyKept(runtime::ExitAction& action) {
  auto* self = reinterpret_cast<Kept*>(&action);
  // A destructor may set values again.
  for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; ++round) {
    for (std::size_t key = 0; key < self->values.size(); ++key) {
      void* const value = std::exchange(self->values[key], nullptr);
      void (*const destroy)(void*) = keys[key].destroy.load(std::memory_order_relaxed);
      if (value != nullptr && destroy != nullptr) destroy(value);
    }
  }
  World::Of(*self->task).SetKept(*self->task, nullptr);
  const tsan::IgnoreScope unseen;
  delete self;
}

Kept& KeptBy(Task& task) {
  World& world = World::Of(task);
  if (void* kept = world.KeptBy(task)) return *static_cast<Kept*>(kept);
  const tsan::IgnoreScope unseen;
  auto* made = new Kept{.action = {.run = &DestroyKept}, .task = &task, .values = {}};
  world.SetKept(task, made);
  task.scheduler().AddExitAction(task, made->action);
  return *made;
}

}  // namespace
}  // namespace selvage::interpose

extern "C" {

using selvage::interpose::World;
using selvage::runtime::Task;

int __cxa_thread_atexit(void (*destroy)(void*), void* object, void* module) noexcept {
  Task* task = selvage::runtime::CurrentTask();
  if (task != nullptr && selvage::runtime::IsRenewed(object)) {
    const selvage::tsan::IgnoreScope unseen;
    auto* made = new selvage::interpose::Destruction{
        .action = {.run = &selvage::interpose::RunAndFree}, .destroy = destroy, .object = object};
    task->scheduler().AddExitAction(*task, made->action);
    return 0;
  }
  return SELVAGE_NEXT(__cxa_thread_atexit)(destroy, object, module);
}

int pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) noexcept {
  const int error = SELVAGE_NEXT(pthread_key_create)(key, destroy);
  if (error == 0 && *key < selvage::interpose::keys.size()) {
    selvage::interpose::Key& made = selvage::interpose::keys[*key];
    made.destroy.store(destroy, std::memory_order_relaxed);
    made.maker.store(SELVAGE_CALLER(), std::memory_order_relaxed);
  }
  return error;
}

int pthread_key_delete(pthread_key_t key) noexcept {
  if (key < selvage::interpose::keys.size()) {
    selvage::interpose::keys[key].maker.store(0, std::memory_order_relaxed);
  }
  return SELVAGE_NEXT(pthread_key_delete)(key);
}

void* pthread_getspecific(pthread_key_t key) noexcept {
  if (Task* task = selvage::interpose::KeeperOf(key)) {
    const void* kept = World::Of(*task).KeptBy(*task);
    return kept == nullptr ? nullptr
                           : static_cast<const selvage::interpose::Kept*>(kept)->values[key];
  }
  return SELVAGE_NEXT(pthread_getspecific)(key);
}

int pthread_setspecific(pthread_key_t key, const void* value) noexcept {
  if (Task* task = selvage::interpose::KeeperOf(key)) {
    selvage::interpose::KeptBy(*task).values[key] = const_cast<void*>(value);
    return 0;
  }
  return SELVAGE_NEXT(pthread_setspecific)(key, value);
}

}  // extern "C"
