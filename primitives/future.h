// Future<T>: the result of a task that may not have ended; Python's concurrent.futures.Future and
// C++'s std::shared_future.
#ifndef SELVAGE_PRIMITIVES_FUTURE_H_
#define SELVAGE_PRIMITIVES_FUTURE_H_

#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "selvage/harness/source_location.h"
#include "selvage/primitives/future_state.h"
#include "selvage/primitives/time.h"

namespace selvage {

// The task was cancelled before it ran.
class CancelledError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ThreadPoolExecutor;

namespace internal {

// The result lies in memory that only user code touches: written before Complete(), read after a
// wait.
template <typename T>
class ResultState : public FutureState {
 public:
  using FutureState::FutureState;
  template <typename Function>
  void StoreResultOf(Function&& function) {
    result_.emplace(std::forward<Function>(function)());
  }
  T& result() { return *result_; }

 private:
  std::optional<T> result_;
};

template <typename T>
class ResultState<T&> : public FutureState {
 public:
  using FutureState::FutureState;
  template <typename Function>
  void StoreResultOf(Function&& function) {
    result_ = std::addressof(std::forward<Function>(function)());
  }
  T& result() { return *result_; }

 private:
  T* result_ = nullptr;
};

template <>
class ResultState<void> : public FutureState {
 public:
  using FutureState::FutureState;
  template <typename Function>
  void StoreResultOf(Function&& function) {
    std::forward<Function>(function)();
  }
  void result() {}
};

// A counted reference to a ResultState.
template <typename T>
class ResultReference {
 public:
  ResultReference() noexcept = default;
  // Takes over a reference.
  explicit ResultReference(ResultState<T>* state) noexcept : state_(state) {}
  ResultReference(const ResultReference& other) noexcept : state_(other.state_) {
    if (state_ != nullptr) state_->AddReference();
  }
  ResultReference(ResultReference&& other) noexcept
      : state_(std::exchange(other.state_, nullptr)) {}
  ResultReference& operator=(ResultReference other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~ResultReference() {
    if (state_ != nullptr) state_->DropReference();
  }
  ResultState<T>* get() const noexcept { return state_; }

 private:
  ResultState<T>* state_ = nullptr;
};

}  // namespace internal

// Copies stand for the same result. Comes from ThreadPoolExecutor::submit(); one made by default
// stands for none, and all its operations but valid() throw std::future_error (no_state).
//
// What the task did is ordered before what follows a wait, a get() or a done() that finds it done.
//
// Inside a schedule, an exception of the task that nobody has asked for, by get() or exception(),
// when the last copy is gone, is a finding ("unhandled exception"). Outside it is dropped.
//
// Thread-safe but for assignment and destruction.
template <typename T>
class Future {
 public:
  Future() noexcept = default;

  bool valid() const noexcept { return state_.get() != nullptr; }

  // Waits for the task and returns its result: a reference that lives as long as a copy of this
  // Future. Throws what the task threw, or CancelledError. Python's result().
  std::conditional_t<std::is_void_v<T>, void, std::add_lvalue_reference_t<std::add_const_t<T>>>
  get() const& {
    State().WaitForResult();
    return State().result();
  }
  // The same, for a Future that goes away: the result is moved out, and is lost to other copies.
  T get() && {
    State().WaitForResult();
    if constexpr (std::is_void_v<T> || std::is_reference_v<T>) {
      return State().result();
    } else {
      return std::move(State().result());
    }
  }
  // Waits for the task; null if it threw nothing. Throws CancelledError.
  std::exception_ptr exception() const { return State().WaitForException(); }

  void wait() const { State().Wait(std::nullopt); }
  // ready or timeout. Inside a schedule the time is virtual, and the wait may also expire early.
  template <typename Rep, typename Period>
  std::future_status wait_for(const std::chrono::duration<Rep, Period>& timeout) const {
    return State().Wait(Timeout(timeout)) ? std::future_status::ready : std::future_status::timeout;
  }
  template <typename AnyClock, typename Duration>
  std::future_status wait_until(const std::chrono::time_point<AnyClock, Duration>& deadline) const {
    return wait_for(TimeUntil(deadline));
  }

  // Prevents the task from running. False if it has begun to.
  bool cancel() { return State().Cancel(); }
  bool cancelled() const { return State().Cancelled(); }
  bool running() const { return State().Running(); }
  // Whether it has ended or was cancelled.
  bool done() const { return State().Done(); }

  // Calls `function` with this future once it is done, in the thread that makes it so; here and now
  // if it is done already. What was done before the call of add_done_callback is ordered before
  // `function`. An exception of `function` is a finding inside a schedule, and std::terminate
  // outside.
  void add_done_callback(std::function<void(Future<T>)> function) {
    State().AddDoneCallback(new Callback(std::move(function), state_.get()));
  }

 private:
  friend class ThreadPoolExecutor;

  class Callback : public internal::DoneCallback {
   public:
    Callback(std::function<void(Future<T>)> function, internal::ResultState<T>* state)
        : function_(std::move(function)), state_(state) {}
    void Run() override {
      state_->AddReference();
      function_(Future<T>(internal::ResultReference<T>(state_)));
    }

   private:
    const std::function<void(Future<T>)> function_;
    internal::ResultState<T>* const state_;  // which owns this
  };

  explicit Future(internal::ResultReference<T> state) : state_(std::move(state)) {}
  internal::ResultState<T>& State() const {
    if (!valid()) internal::ThrowNoFutureState();
    return *state_.get();
  }

  internal::ResultReference<T> state_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_FUTURE_H_
