// The recorder on real threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/harness/lockgraph/environment.h"
#include "selvage/harness/lockgraph/names.h"
#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/lockgraph/slow_scope.h"
#include "selvage/harness/report/lock_order_json.h"
#include "selvage/harness/report/lock_order_text.h"

namespace selvage::lockgraph {
namespace {

// A mutex that the recorder does not see by itself.
class HiddenMutex {
 public:
  void lock() {
    const UnrecordedScope hidden;
    mutex_.lock();
  }
  bool try_lock() {
    const UnrecordedScope hidden;
    return mutex_.try_lock();
  }
  void unlock() {
    const UnrecordedScope hidden;
    mutex_.unlock();
  }

 private:
  std::mutex mutex_;
};

// A lock that calls the recorder as a primitive does.
class RecordedMutex {
 public:
  explicit RecordedMutex(const char* name) : identity_("RecordedMutex", name, SourceLocation{}) {}
  ~RecordedMutex() { identity_.OnDestroyed(); }

  __attribute__((noinline)) void lock() {
    const auto site = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    ThreadContext* context = Recording();
    if (context != nullptr) {
      context->OnRequest(identity_, Mode::kExclusive, RequestKind::kBlocking, site);
    }
    if (!mutex_.try_lock()) {
      if (context != nullptr) context->OnContended(identity_, Mode::kExclusive, site);
      mutex_.lock();
      if (context != nullptr) context->OnContentionOver();
    }
    if (context != nullptr) context->OnAcquired(identity_, Mode::kExclusive, site);
  }
  void unlock() {
    if (ThreadContext* context = Recording()) context->OnReleased(identity_, Mode::kExclusive);
    mutex_.unlock();
  }
  __attribute__((noinline)) bool try_lock() {
    const auto site = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
    if (!mutex_.try_lock()) return false;
    if (ThreadContext* context = Recording()) {
      context->OnAcquired(identity_, Mode::kExclusive, site);
    }
    return true;
  }

 private:
  LockIdentity identity_;
  HiddenMutex mutex_;
};

// Starts a thread as a primitive does.
std::thread Start(const char* name, std::function<void()> body) {
  ForkToken token;
  if (ThreadContext* context = Recording()) token = context->OnFork(name, 0);
  const UnrecordedScope hidden;
  return std::thread([token, body = std::move(body)] {
    BeginThread(token);
    body();
    EndThread();
  });
}

// Each in a process of its own: recording is for the whole process.
class RealThreads : public testing::Test {
 protected:
  void SetUp() override {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    path_ = testing::TempDir() + "/lock_order_" +
            testing::UnitTest::GetInstance()->current_test_info()->name() + ".json";
  }
  void TearDown() override { std::remove(path_.c_str()); }

  std::string path_;
};

[[noreturn]] void Deadlock() {
  RecordedMutex a("A"), b("B");
  std::atomic<int> holding{0};
  const auto both = [&](RecordedMutex& first, RecordedMutex& second) {
    const std::lock_guard outer(first);
    ++holding;
    while (holding != 2) std::this_thread::yield();
    const std::lock_guard inner(second);
  };
  std::thread one = Start("one", [&] { both(a, b); });
  std::thread other = Start("other", [&] { both(b, a); });
  one.join();
  other.join();
  std::exit(0);
}

TEST_F(RealThreads, DeadlockOnItsFirstRun_IsReportedAndEndsTheProgram) {
  EXPECT_EXIT(
      {
        RecordProcess(path_);
        Deadlock();
      },
      testing::ExitedWithCode(1), "OCCURRED: two threads wait for each other");
}

[[noreturn]] void OppositeOrders() {
  RecordedMutex a("A"), b("B");
  std::thread one = Start("one", [&] {
    const std::lock_guard outer(a);
    const std::lock_guard inner(b);
  });
  std::atomic<bool> done{false};
  std::thread other = Start("other", [&] {
    while (!done) std::this_thread::yield();
    const std::lock_guard outer(b);
    const std::lock_guard inner(a);
  });
  one.join();
  done = true;
  other.join();
  std::exit(0);
}

TEST_F(RealThreads, OppositeOrders_AreReportedAtExit) {
  EXPECT_EXIT(
      {
        RecordProcess(path_);
        OppositeOrders();
      },
      testing::ExitedWithCode(0), "FEASIBLE: two threads, concurrent");
}

[[noreturn]] void ScopedLocks() {
  RecordedMutex a("A"), b("B"), c("C");
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.push_back(Start("worker", [&, t] {
      for (int i = 0; i < 2'000; ++i) {
        switch (t) {
          case 0: {
            const std::scoped_lock all(a, b, c);
            break;
          }
          case 1: {
            const std::scoped_lock all(c, b, a);
            break;
          }
          case 2: {
            const std::scoped_lock all(b, c, a);
            break;
          }
          case 3: {
            const std::scoped_lock all(a, c);
            break;
          }
          case 4: {
            const std::scoped_lock all(c, a);
            break;
          }
          default: {
            const std::scoped_lock all(b, a);
            break;
          }
        }
      }
    }));
  }
  for (std::thread& thread : threads) thread.join();
  const Analysis analysis = Analyse(Recorder::Process().Snapshot("run"));
  std::fprintf(stderr, "%zu cycles\n", analysis.cycles.size());
  std::exit(0);
}

TEST_F(RealThreads, ScopedLocksInAnyOrder_AreNoCycle) {
  EXPECT_EXIT(
      {
        RecordProcess(path_);
        ScopedLocks();
      },
      testing::ExitedWithCode(0), "^0 cycles");
}

[[noreturn]] void Stress() {
  constexpr int kThreads = 8;
  std::vector<std::unique_ptr<RecordedMutex>> locks;
  for (int i = 0; i < 40; ++i) locks.push_back(std::make_unique<RecordedMutex>("shared"));
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.push_back(Start("worker", [&, t] {
      for (unsigned i = static_cast<unsigned>(t); i < 3'000; ++i) {
        const unsigned first = i * 7 % 39;
        const std::lock_guard outer(*locks[first]);
        const std::lock_guard inner(*locks[first + 1 + i % (39 - first)]);
        RecordedMutex own("own");
        const std::lock_guard innermost(own);
      }
    }));
  }
  // Snapshots while it runs must neither crash nor see half a record.
  std::thread observer([&] {
    while (!stop) {
      const RecordedGraph graph = Recorder::Process().Snapshot(
          [](std::uintptr_t) { return std::vector<report::Frame>(1); }, "run");
      if (!Invalid(graph).empty()) std::abort();
    }
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  observer.join();
  const Analysis analysis = Analyse(Recorder::Process().Snapshot("run"));
  std::fprintf(stderr, "%zu cycles, %d threads\n", analysis.cycles.size(),
               static_cast<int>(analysis.coverage.threads));
  std::exit(0);
}

TEST_F(RealThreads, ManyThreadsInOneOrder_AreNoCycle) {
  EXPECT_EXIT(
      {
        RecordProcess(path_);
        Stress();
      },
      testing::ExitedWithCode(0), "^0 cycles");
}

[[noreturn]] void Unannounced() {
  RecordedMutex a("A"), b("B");
  {
    const UnrecordedScope hidden;
    std::thread([&] {
      const std::lock_guard outer(a);
      const std::lock_guard inner(b);
    }).join();
    std::thread([&] {
      const std::lock_guard outer(b);
      const std::lock_guard inner(a);
    }).join();
  }
  const RecordedGraph graph = Recorder::Process().Snapshot("run");
  for (ThreadIndex t = 0; t < graph.threads.size(); ++t) {
    std::fprintf(stderr, "%s\n", Names(graph).Thread(t).c_str());
  }
  std::exit(0);
}

TEST_F(RealThreads, StartedWithoutTheRecordersKnowledge_AreRecordedAsRoots) {
  EXPECT_EXIT(
      {
        RecordProcess(path_);
        Unannounced();
      },
      testing::ExitedWithCode(0), "thread 1\nthread 2\n");
}

TEST_F(RealThreads, Report_NamesTheFunctionsOfThisProgram) {
  EXPECT_EXIT(
      {
        RecordProcess(path_);
        OppositeOrders();
      },
      testing::ExitedWithCode(0), "asks for A, at .*threads_test.cc:[0-9]+ .*OppositeOrders");
}

TEST_F(RealThreads, Report_IsWrittenWhereTheEnvironmentSays) {
  // The child is a new execution of this program.
  setenv(kLockOrderVariable, path_.c_str(), 1);
  EXPECT_EXIT(OppositeOrders(), testing::ExitedWithCode(0), "report written to ");
  unsetenv(kLockOrderVariable);
  const auto graph = report::ReadLockOrderFile(path_);
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(Analyse(*graph).cycles.size(), 1u);
}

}  // namespace
}  // namespace selvage::lockgraph
