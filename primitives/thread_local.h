// ThreadLocal<T>: a variable of which each thread has its own; Python's threading.local for one
// value.
#ifndef SELVAGE_PRIMITIVES_THREAD_LOCAL_H_
#define SELVAGE_PRIMITIVES_THREAD_LOCAL_H_

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "selvage/harness/runtime/object.h"
#include "selvage/harness/runtime/spin_lock.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/source_location.h"

namespace selvage {

namespace internal {

// The values of one ThreadLocal: a pointer for each thread, or for each task of the running
// schedule. Thread-safe but for the destructor.
class ThreadLocalValues {
 public:
  using Destroy = void (*)(void* value);

  ThreadLocalValues(Destroy destroy, std::string_view name, SourceLocation made_at);
  // Destroys all values, also those of other threads.
  ~ThreadLocalValues();
  ThreadLocalValues(const ThreadLocalValues&) = delete;
  ThreadLocalValues& operator=(const ThreadLocalValues&) = delete;

  // The caller's value, null if it has none. O(ThreadLocals that the thread has used); O(tasks)
  // inside a schedule.
  void* Find();
  // REQUIRES: the caller has no value.
  void Insert(void* value);
  // The caller has none from now on. Returns what it had, or null.
  void* Remove();

 private:
  friend struct ThreadLocalSlots;
  struct NativeValue;
  struct TaskValue;

  // Drops the values of an earlier schedule.
  void EnterSchedule();
  void* Take(TaskValue& entry);
  TaskValue* FindOf(const runtime::Task& task);

  const Destroy destroy_;
  const std::uint64_t number_;  // never given twice
  runtime::Object object_;
  NativeValue* native_ = nullptr;
  TaskValue* tasks_ = nullptr;
};

}  // namespace internal

// A thread's value is made at its first use and destroyed by it when it ends, as a thread_local's
// is. Inside a schedule each task has its own, the main one included, and none is left over from an
// earlier schedule. Destruction of the ThreadLocal destroys all values there are.
//
// An access is no scheduling point: nobody else can see it. Thread-safe, but for the destructor; a
// reference to a value handed to another thread is as unsafe as any.
template <typename T>
class ThreadLocal {
 public:
  // Each thread starts with a T{}.
  explicit ThreadLocal(std::string_view name = {},
                       SourceLocation made_at = SourceLocation::Current())
      : ThreadLocal([] { return T{}; }, name, made_at) {}
  // Each thread starts with what `make` returns, called in that thread.
  explicit ThreadLocal(std::function<T()> make, std::string_view name = {},
                       SourceLocation made_at = SourceLocation::Current())
      : make_(std::move(make)),
        values_([](void* value) { delete static_cast<T*>(value); }, name, made_at) {}

  // The calling thread's value.
  T& get() {
    if (void* value = values_.Find()) return *static_cast<T*>(value);
    auto made = std::make_unique<T>(make_());
    values_.Insert(made.get());
    return *made.release();
  }
  void set(T value) { get() = std::move(value); }
  T& operator*() { return get(); }
  T* operator->() { return &get(); }

  // Whether the calling thread has a value already.
  bool has_value() { return values_.Find() != nullptr; }
  // Destroys the calling thread's value; the next use makes a new one. Python's `del`.
  void reset() { delete static_cast<T*>(values_.Remove()); }

 private:
  const std::function<T()> make_;
  internal::ThreadLocalValues values_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_THREAD_LOCAL_H_
