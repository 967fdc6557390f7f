// Thread: a thread of the program; a task when a schedule runs.
#ifndef SELVAGE_PRIMITIVES_THREAD_H_
#define SELVAGE_PRIMITIVES_THREAD_H_

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "selvage/harness/runtime/task.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/time.h"

namespace selvage {

// How a thread is called in traces and reports, where it was made, and whether the program waits
// for it; made implicitly from a string.
struct ThreadAttributes {
  ThreadAttributes(const char* text, SourceLocation at = SourceLocation::Current())  // NOLINT
      : name(text), made_at(at) {}
  ThreadAttributes(std::string_view text, SourceLocation at = SourceLocation::Current())  // NOLINT
      : name(text), made_at(at) {}
  ThreadAttributes(const std::string& text,  // NOLINT
                   SourceLocation at = SourceLocation::Current())
      : name(text), made_at(at) {}

  std::string_view name;
  SourceLocation made_at;
  bool daemon = false;
};

// Python's daemon=True: `Thread t(Daemon("cleaner"), function);`. Nobody waits for it, neither the
// destructor of its Thread nor the end of a schedule, which leaves it where it is.
inline ThreadAttributes Daemon(std::string_view name,
                               SourceLocation made_at = SourceLocation::Current()) {
  ThreadAttributes attributes(name, made_at);
  attributes.daemon = true;
  return attributes;
}

// Starts when it is made, as std::jthread does, and is joined when it is destroyed. Arguments are
// copied or moved into the thread.
//
// What was done before the start is ordered before the thread, and the thread before what follows
// its join.
//
// An exception that leaves the thread's function goes to the exception hook, if there is one.
// Otherwise it is a finding inside a schedule (the thread then ends, the schedule goes on), and
// std::terminate outside.
//
// Misuse: joining a thread that is not joinable, or itself, is a finding that ends the schedule,
// and std::system_error (invalid_argument, resource_deadlock_would_occur) outside. A Thread object
// itself is not thread-safe.
class Thread {
 public:
  Thread() noexcept;

  template <
      typename Function, typename... Args,
      std::enable_if_t<std::is_invocable_v<std::decay_t<Function>, std::decay_t<Args>...>, int> = 0>
  explicit Thread(Function&& function, Args&&... args)
      : Thread(ThreadAttributes(std::string_view(), SourceLocation{}),
               Bind(std::forward<Function>(function), std::forward<Args>(args)...)) {}
  template <
      typename Function, typename... Args,
      std::enable_if_t<std::is_invocable_v<std::decay_t<Function>, std::decay_t<Args>...>, int> = 0>
  explicit Thread(ThreadAttributes attributes, Function&& function, Args&&... args)
      : Thread(attributes, Bind(std::forward<Function>(function), std::forward<Args>(args)...)) {}

  // Joins if joinable, unless it is a daemon.
  ~Thread();
  Thread(Thread&& other) noexcept;
  // Joins what was there before.
  Thread& operator=(Thread&& other) noexcept;

  // Whether it stands for a thread that has not been joined.
  bool joinable() const noexcept;
  // Waits until the thread has ended.
  void join();
  // Waits for at most `timeout`, as Python's join(timeout). True, and joined, if the thread has
  // ended.
  template <typename Rep, typename Period>
  bool join_for(const std::chrono::duration<Rep, Period>& timeout) {
    return JoinFor(Timeout(timeout));
  }
  // Whether it has been started and has not ended. Orders nothing: only join() puts what the thread
  // did before what the caller does next, so that reading it after is_alive() alone is a race.
  bool is_alive() const;
  bool daemon() const;
  // As given; empty if none was.
  std::string_view name() const;

  // Called, in the thread that ends by it, with each exception that leaves the function of a
  // Thread, and the thread's name; Python's threading.excepthook. Empty: none, as at first. Returns
  // the one before. Thread-safe; meant to be set while no other threads run.
  using ExceptionHook = std::function<void(std::exception_ptr exception, std::string_view thread)>;
  static ExceptionHook SetExceptionHook(ExceptionHook hook);

 private:
  struct State;

  // A bound call on the heap: `run` calls it and frees it, in the new thread, or `discard` frees
  // it.
  struct Call {
    void (*run)(void* self);
    void (*discard)(void* self);
    void* self;
  };

  template <typename Function, typename... Args>
  static Call Bind(Function&& function, Args&&... args) {
    using Bound = std::tuple<std::decay_t<Function>, std::decay_t<Args>...>;
    auto bound =
        std::make_unique<Bound>(std::forward<Function>(function), std::forward<Args>(args)...);
    return Call{[](void* self) {
                  const std::unique_ptr<Bound> owned(static_cast<Bound*>(self));
                  std::apply([](auto&&... parts) { std::invoke(std::move(parts)...); }, *owned);
                },
                [](void* self) { delete static_cast<Bound*>(self); }, bound.release()};
  }

  Thread(const ThreadAttributes& attributes, Call call);
  bool JoinFor(std::chrono::nanoseconds timeout);
  bool Join(const std::chrono::nanoseconds* timeout, std::uintptr_t site);
  bool JoinTask(runtime::Task& caller, const std::chrono::nanoseconds* timeout,
                std::uintptr_t site);
  bool JoinNative(const std::chrono::nanoseconds* timeout, std::uintptr_t site);
  void LetGo();

  State* state_ = nullptr;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_THREAD_H_
