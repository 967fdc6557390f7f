// ThreadPoolExecutor: a fixed number of threads that run what is submitted; Python's
// concurrent.futures.ThreadPoolExecutor.
#ifndef SELVAGE_PRIMITIVES_THREAD_POOL_H_
#define SELVAGE_PRIMITIVES_THREAD_POOL_H_

#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/future.h"
#include "selvage/primitives/item_queue.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/unscheduled.h"

namespace selvage {

// Starts `max_workers` threads at once, which take what is submitted in the order of submission.
// Tasks may submit others; one that waits for another of the same pool keeps a worker busy, and a
// pool full of those deadlocks.
//
// What was done before a submit() is ordered before the task, and the task before what follows a
// wait for its Future, or the end of shutdown(). Tasks are not ordered with each other, but for
// those which happen to run on the same worker, in their order.
//
// Misuse: less than one worker is a finding that ends the schedule; outside schedules it throws
// std::logic_error. submit() and map() are Thread-safe; shutdown() and the destructor must be
// called by one thread at a time, and by no worker.
class ThreadPoolExecutor {
 public:
  // The workers of a pool called "io" are called "io-0", "io-1", ...
  explicit ThreadPoolExecutor(std::ptrdiff_t max_workers, std::string_view name = {},
                              SourceLocation made_at = SourceLocation::Current());
  // As shutdown().
  ~ThreadPoolExecutor();
  ThreadPoolExecutor(const ThreadPoolExecutor&) = delete;
  ThreadPoolExecutor& operator=(const ThreadPoolExecutor&) = delete;

  // Has `function(args...)` called by a worker. The arguments are copied or moved, and destroyed
  // before the future is done. Throws std::runtime_error after a shutdown().
  template <
      typename Function, typename... Args,
      std::enable_if_t<std::is_invocable_v<std::decay_t<Function>, std::decay_t<Args>...>, int> = 0>
  auto submit(Function&& function, Args&&... args) {
    return Submit(std::string_view(), SourceLocation{}, std::forward<Function>(function),
                  std::forward<Args>(args)...);
  }
  // The same; the Future is called `name` in traces and reports.
  template <
      typename Function, typename... Args,
      std::enable_if_t<std::is_invocable_v<std::decay_t<Function>, std::decay_t<Args>...>, int> = 0>
  auto submit(ThreadAttributes name, Function&& function, Args&&... args) {
    return Submit(name.name, name.made_at, std::forward<Function>(function),
                  std::forward<Args>(args)...);
  }

  // Has `function` called with each of `inputs`, waits for all, and returns the results in the
  // order of the inputs, whichever was ready first; nothing if there are no results. Throws what
  // the first of the inputs to fail has thrown; what others have thrown is dropped, as in Python.
  template <typename Function, typename Range>
  auto map(Function function, Range&& inputs) {
    using Input = std::ranges::range_reference_t<Range>;
    using Value = std::invoke_result_t<Function&, std::decay_t<Input>>;
    std::vector<Future<Value>> futures;
    for (auto&& input : inputs) {
      futures.push_back(submit(function, std::forward<decltype(input)>(input)));
    }
    std::exception_ptr first_error;
    for (const Future<Value>& future : futures) {
      const std::exception_ptr error = future.exception();
      if (error != nullptr && first_error == nullptr) first_error = error;
    }
    if (first_error != nullptr) std::rethrow_exception(first_error);
    if constexpr (!std::is_void_v<Value>) {
      std::vector<Value> results;
      results.reserve(futures.size());
      for (Future<Value>& future : futures) results.push_back(std::move(future).get());
      return results;
    }
  }

  // What is submitted from now on is refused. Tasks that have not begun are run, or with
  // `cancel_futures` cancelled. With `wait` returns when all workers have ended; the destructor
  // waits for them in any case.
  void shutdown(bool wait = true, bool cancel_futures = false);

  std::size_t max_workers() const { return worker_count_; }

 private:
  // What a worker is given.
  class Call : public internal::QueueItem {
   public:
    virtual ~Call() = default;
    virtual void Run() = 0;
    virtual void Cancel() = 0;
  };

  template <typename Result, typename Bound>
  class BoundCall final : public Call {
   public:
    BoundCall(internal::ResultReference<Result> state, Bound bound)
        : state_(std::move(state)), bound_(std::in_place, std::move(bound)) {}
    SELVAGE_UNSCHEDULED void Run() override {
      internal::ResultState<Result>& state = *state_.get();
      if (!state.StartRunning()) return;
      std::exception_ptr error;
      {
        // Whoever waits may rely on it that the task's arguments are gone.
        Bound call(std::move(*bound_));
        bound_.reset();
        try {
          state.StoreResultOf([&call]() -> Result { return Invoke(call); });
        } catch (const runtime::TaskUnwound&) {
          throw;
        } catch (...) {
          error = std::current_exception();
        }
      }
      if (error == nullptr) {
        state.Complete();
      } else {
        state.Fail(std::move(error));
      }
    }
    void Cancel() override { state_.get()->Cancel(); }

   private:
    // Not inlined: this is the user's code, with scheduling points.
    __attribute__((noinline)) static Result Invoke(Bound& call) {
      return std::apply([](auto&&... parts) -> Result { return std::invoke(std::move(parts)...); },
                        call);
    }

    internal::ResultReference<Result> state_;
    std::optional<Bound> bound_;
  };

  template <typename Function, typename... Args>
  auto Submit(std::string_view name, SourceLocation made_at, Function&& function, Args&&... args) {
    using Value = std::invoke_result_t<std::decay_t<Function>, std::decay_t<Args>...>;
    using Bound = std::tuple<std::decay_t<Function>, std::decay_t<Args>...>;
    return SubmitBound<Value>(name, made_at,
                              Bound(std::forward<Function>(function), std::forward<Args>(args)...));
  }

  template <typename Result, typename Bound>
  SELVAGE_UNSCHEDULED Future<Result> SubmitBound(std::string_view name, SourceLocation made_at,
                                                 Bound bound) {
    internal::ResultReference<Result> state(new internal::ResultState<Result>(name, made_at));
    Enqueue(std::make_unique<BoundCall<Result, Bound>>(state, std::move(bound)));
    return Future<Result>(std::move(state));
  }

  void Enqueue(std::unique_ptr<Call> call);
  void Work();
  void JoinWorkers();

  internal::ItemQueue calls_;
  std::size_t worker_count_;
  lockgraph::LockIdentity busy_;  // as many permits as workers; one while a task is run
  std::unique_ptr<Thread[]> workers_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_THREAD_POOL_H_
