#include "selvage/tests/harness/tsan/exception_bodies.h"

#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <queue>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace selvage {
namespace {

void Expect(const char* text, std::size_t length) {
  if (std::strlen(text) != length) std::abort();
}

class Refused : public std::exception {
 public:
  explicit Refused(int code) : code_(code) {}
  int code() const { return code_; }
  void Count() { ++code_; }

 private:
  int code_;
};

template <typename Error>
std::exception_ptr Thrown(const Error& error) {
  try {
    throw error;
  } catch (...) {
    return std::current_exception();
  }
}

// A pointer to `error` that its maker, a thread, gives back when it likes; so does the caller of
// `read`, which is given the exception.
template <typename Error, typename Read>
void SharedWithItsMaker(const Error& error, Read read) {
  std::promise<std::exception_ptr> promise;
  std::future<std::exception_ptr> future = promise.get_future();
  std::thread maker([&promise, &error] {
    const std::exception_ptr made = Thrown(error);
    promise.set_value(made);
  });
  try {
    std::rethrow_exception(future.get());
  } catch (Error& caught) {
    read(caught);
  }
  maker.join();
}

}  // namespace

void ReadFromAPromiseThatItsThreadDestroys() {
  std::promise<int> promise;
  std::future<int> future = promise.get_future();
  std::thread thread([promise = std::move(promise)]() mutable {
    promise.set_exception(Thrown(std::runtime_error("no paper")));
  });
  try {
    future.get();
  } catch (const std::runtime_error& error) {
    Expect(error.what(), 8);
  }
  thread.join();
}

void ReadFromAnAsynchronousCall() {
  std::future<int> first =
      std::async(std::launch::async, []() -> int { throw std::invalid_argument("no paper"); });
  std::future<int> second =
      std::async(std::launch::async, []() -> int { throw std::out_of_range("no ink"); });
  for (std::future<int>* future : {&first, &second}) {
    try {
      future->get();
    } catch (const std::logic_error& error) {
      Expect(error.what(), future == &first ? 8 : 6);
    }
  }
}

void ReadFromAPoolOfPackagedTasks() {
  using Task = std::packaged_task<int()>;
  std::mutex mutex;
  std::condition_variable changed;
  std::queue<std::shared_ptr<Task>> tasks;
  bool closed = false;
  std::thread worker([&] {
    while (true) {
      std::shared_ptr<Task> task;
      {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [&] { return closed || !tasks.empty(); });
        if (tasks.empty()) return;
        task = tasks.front();
        tasks.pop();
      }
      (*task)();
    }
  });
  std::future<int> result;
  {
    auto task = std::make_shared<Task>([]() -> int { throw std::runtime_error("no paper"); });
    result = task->get_future();
    const std::lock_guard<std::mutex> lock(mutex);
    tasks.push(std::move(task));
    changed.notify_one();
  }
  try {
    result.get();
  } catch (const std::runtime_error& error) {
    Expect(error.what(), 8);
  }
  {
    const std::lock_guard<std::mutex> lock(mutex);
    closed = true;
  }
  changed.notify_one();
  worker.join();
}

void ReadBehindALockThatGuardsThePointerOnly() {
  std::mutex mutex;
  std::exception_ptr first;
  const auto work = [&](const char* text) {
    try {
      throw std::runtime_error(text);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(mutex);
      if (first == nullptr) first = std::current_exception();
    }
  };
  std::thread one(work, "no paper");
  std::thread other(work, "much ink");
  std::exception_ptr taken;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    taken = std::exchange(first, nullptr);
  }
  if (taken != nullptr) {
    try {
      std::rethrow_exception(std::exchange(taken, nullptr));
    } catch (const std::runtime_error& error) {
      Expect(error.what(), 8);
    }
  }
  one.join();
  other.join();
}

void ReadByTwoThatSharedAFuture() {
  std::promise<void> promise;
  std::shared_future<void> future = promise.get_future().share();
  const auto read = [](std::shared_future<void> own) {
    try {
      own.get();
    } catch (const std::exception& error) {
      Expect(error.what(), 8);
    }
  };
  std::thread one(read, future);
  std::thread other(read, std::move(future));
  promise.set_exception(Thrown(std::runtime_error("no paper")));
  one.join();
  other.join();
}

void ReadOfAClassOfOnesOwn() {
  SharedWithItsMaker(Refused(7), [](const Refused& refused) {
    if (refused.code() != 7) std::abort();
  });
}

void ReadOfACopyThatSharesItsText() {
  std::runtime_error original("no paper");
  std::thread thread([copy = std::make_unique<std::runtime_error>(original)]() mutable {
    Expect(copy->what(), 8);
    copy.reset();
  });
  Expect(original.what(), 8);
  original = std::runtime_error("no ink");
  thread.join();
}

void ReadOfACopyMadeByTheHandler() {
  SharedWithItsMaker(std::logic_error("no paper"), [](const std::logic_error& caught) {
    const std::logic_error copy = caught;
    Expect(copy.what(), 8);
  });
}

void ReadOfANestedException() {
  std::promise<void> promise;
  std::future<void> future = promise.get_future();
  std::thread thread([&promise] {
    try {
      try {
        throw std::runtime_error("no paper");
      } catch (...) {
        std::throw_with_nested(std::runtime_error("cannot print"));
      }
    } catch (...) {
      promise.set_exception(std::current_exception());
    }
  });
  try {
    future.get();
  } catch (const std::exception& outer) {
    Expect(outer.what(), 12);
    try {
      std::rethrow_if_nested(outer);
    } catch (const std::exception& inner) {
      Expect(inner.what(), 8);
    }
  }
  thread.join();
}

void BothHandlersWriteToTheException() {
  const std::exception_ptr shared = Thrown(Refused(0));
  const auto count = [shared] {
    try {
      std::rethrow_exception(shared);
    } catch (Refused& refused) {
      refused.Count();
    }
  };
  std::thread one(count);
  std::thread other(count);
  one.join();
  other.join();
}

void ReadOfTheTextOfAnExceptionGivenBack() {
  const char* text = nullptr;
  std::exception_ptr shared = Thrown(std::runtime_error("no paper"));
  try {
    std::rethrow_exception(shared);
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  std::thread other([shared = std::exchange(shared, nullptr)]() mutable { shared = nullptr; });
  [[maybe_unused]] const volatile char first = *text;
  other.join();
}

}  // namespace selvage
