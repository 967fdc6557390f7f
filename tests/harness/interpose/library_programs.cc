#include <absl/synchronization/blocking_counter.h>
#include <absl/synchronization/mutex.h>
#include <absl/synchronization/notification.h>
#include <absl/time/time.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <regex>
#include <string>
#include <thread>
#include <utility>

#include "selvage/harness/explore.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

// --- What the C++ library does in code of its own ---

void AllAreNotifiedAtThreadExit() {
  std::mutex mutex;
  std::condition_variable ready;
  bool is_ready = false;
  std::thread thread([&] {
    std::unique_lock<std::mutex> lock(mutex);
    is_ready = true;
    std::notify_all_at_thread_exit(ready, std::move(lock));
  });
  {
    std::unique_lock<std::mutex> lock(mutex);
    ready.wait(lock, [&] { return is_ready; });
  }
  thread.join();
}

void OwnValueOfThreadExitIsWaitedFor() {
  std::thread([] {
    std::promise<int> promise;
    promise.set_value_at_thread_exit(1);
    promise.get_future().wait();
  }).join();
}

void SharedPointerIsAtomic() {
  std::atomic<std::shared_ptr<int>> shared = std::make_shared<int>(1);
  InTwoThreads([&] { SELVAGE_EXPECT(*shared.load() > 0); },
               [&] { shared.store(std::make_shared<int>(2)); });
}

void BothMatchARegularExpression() {
  const auto match = [] {
    SELVAGE_EXPECT(std::regex_match(std::string("aab"), std::regex("a+b")));
  };
  InTwoThreads(match, match);
}

// --- Abseil ---

void AbslMutexGuards() {
  absl::Mutex mutex;
  int sum = 0;
  const auto add = [&] {
    const absl::MutexLock lock(&mutex);
    ++sum;
  };
  InTwoThreads(add, add);
  SELVAGE_EXPECT(sum == 2);
}

void AbslMutexIsLetGoOfInBetween() {
  absl::Mutex mutex;
  int sum = 0;
  const auto add = [&] {
    mutex.Lock();
    const int seen = sum;
    mutex.Unlock();
    mutex.Lock();
    sum = seen + 1;
    mutex.Unlock();
  };
  InTwoThreads(add, add);
  SELVAGE_EXPECT(sum == 2);
}

void AbslReadersReadAndWritersWrite() {
  absl::Mutex mutex;
  int value = 0;
  InTwoThreads(
      [&] {
        const absl::ReaderMutexLock lock(&mutex);
        SELVAGE_EXPECT(value == 0 || value == 2);
      },
      [&] {
        const absl::WriterMutexLock lock(&mutex);
        ++value;
        ++value;
      });
  const absl::ReaderMutexLock lock(&mutex);
  SELVAGE_EXPECT(value == 2);
}

void AbslMutexIsTried() {
  absl::Mutex mutex;
  int sum = 0;
  std::atomic<int> taken{0};
  const auto add = [&] {
    if (!mutex.TryLock()) return;
    ++sum;
    ++taken;
    mutex.Unlock();
  };
  InTwoThreads(add, add);
  SELVAGE_EXPECT(sum == taken);
}

void AbslConditionIsAwaited() {
  absl::Mutex mutex;
  int items = 0;
  InTwoThreads(
      [&] {
        const absl::MutexLock lock(&mutex);
        mutex.Await(absl::Condition(
            +[](int* count) { return *count > 0; }, &items));
        --items;
      },
      [&] {
        const absl::MutexLock lock(&mutex);
        ++items;
      });
  SELVAGE_EXPECT(items == 0);
}

void AbslLockWaitsForACondition() {
  absl::Mutex mutex;
  bool is_ready = false;
  int value = 0;
  InTwoThreads(
      [&] {
        mutex.LockWhen(absl::Condition(&is_ready));
        SELVAGE_EXPECT(value == 1);
        mutex.Unlock();
      },
      [&] {
        const absl::MutexLock lock(&mutex);
        value = 1;
        is_ready = true;
      });
}

void AbslConditionNeverComesTrue() {
  absl::Mutex mutex;
  bool is_ready = false;
  const absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&is_ready));
}

void AbslConditionIsAwaitedForAWhile() {
  absl::Mutex mutex;
  bool is_ready = false;
  InTwoThreads(
      [&] {
        const absl::MutexLock lock(&mutex);
        const bool was_ready =
            mutex.AwaitWithTimeout(absl::Condition(&is_ready), absl::Milliseconds(5));
        SELVAGE_EXPECT(was_ready == is_ready);
      },
      [&] {
        const absl::MutexLock lock(&mutex);
        is_ready = true;
      });
}

void AbslCondVarIsWaitedFor() {
  absl::Mutex mutex;
  absl::CondVar ready;
  bool is_ready = false;
  InTwoThreads(
      [&] {
        const absl::MutexLock lock(&mutex);
        while (!is_ready) ready.Wait(&mutex);
      },
      [&] {
        const absl::MutexLock lock(&mutex);
        is_ready = true;
        ready.Signal();
      });
}

void AbslCondVarIsSignalledBeforeTheWait() {
  absl::Mutex mutex;
  absl::CondVar ready;
  InTwoThreads(
      [&] {
        const absl::MutexLock lock(&mutex);
        ready.Wait(&mutex);
      },
      [&] { ready.Signal(); });
}

void AbslNotificationBringsAValue() {
  absl::Notification done;
  int value = 0;
  InTwoThreads(
      [&] {
        value = 1;
        done.Notify();
      },
      [&] {
        if (done.HasBeenNotified()) SELVAGE_EXPECT(value == 1);
        done.WaitForNotification();
        SELVAGE_EXPECT(value == 1);
      });
}

void AbslNotificationNeverComes() {
  const absl::Notification done;
  done.WaitForNotification();
}

void AbslCounterCountsDown() {
  absl::BlockingCounter counter(2);
  int first = 0;
  int second = 0;
  std::thread one([&] {
    first = 1;
    counter.DecrementCount();
  });
  std::thread other([&] {
    second = 1;
    counter.DecrementCount();
  });
  counter.Wait();
  SELVAGE_EXPECT(first + second == 2);
  one.join();
  other.join();
}

}  // namespace

std::vector<Program> LibraryPrograms() {
  return {
      {"AllAreNotifiedAtThreadExit", &AllAreNotifiedAtThreadExit},
      {"OwnValueOfThreadExitIsWaitedFor", &OwnValueOfThreadExitIsWaitedFor, FindingKind::kDeadlock,
       "atomic"},
      {"SharedPointerIsAtomic", &SharedPointerIsAtomic},
      {"BothMatchARegularExpression", &BothMatchARegularExpression},
      {"AbslMutexGuards", &AbslMutexGuards},
      {"AbslMutexIsLetGoOfInBetween", &AbslMutexIsLetGoOfInBetween, FindingKind::kFailedExpectation,
       "sum"},
      {"AbslReadersReadAndWritersWrite", &AbslReadersReadAndWritersWrite},
      {"AbslMutexIsTried", &AbslMutexIsTried},
      {"AbslConditionIsAwaited", &AbslConditionIsAwaited},
      {"AbslLockWaitsForACondition", &AbslLockWaitsForACondition},
      {"AbslConditionNeverComesTrue", &AbslConditionNeverComesTrue, FindingKind::kDeadlock,
       "atomic"},
      {"AbslConditionIsAwaitedForAWhile", &AbslConditionIsAwaitedForAWhile},
      {"AbslCondVarIsWaitedFor", &AbslCondVarIsWaitedFor},
      {"AbslCondVarIsSignalledBeforeTheWait", &AbslCondVarIsSignalledBeforeTheWait,
       FindingKind::kDeadlock, "atomic"},
      {"AbslNotificationBringsAValue", &AbslNotificationBringsAValue},
      {"AbslNotificationNeverComes", &AbslNotificationNeverComes, FindingKind::kDeadlock, "atomic"},
      {"AbslCounterCountsDown", &AbslCounterCountsDown},
  };
}

}  // namespace selvage
