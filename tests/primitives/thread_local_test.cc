// ThreadLocal, natively and in schedules.

#include "selvage/primitives/thread_local.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "selvage/primitives/event.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/primitives/ordering.h"
#include "selvage/tests/primitives/watched_thread.h"

namespace selvage {
namespace {

// Counts those of its kind that live.
class Counted {
 public:
  explicit Counted(std::atomic<int>& count) : count_(&count) { ++*count_; }
  Counted(Counted&& other) noexcept : count_(other.count_) { ++*count_; }
  ~Counted() { --*count_; }

 private:
  std::atomic<int>* count_;
};

TEST(ThreadLocalNative, EachThreadHasItsOwnValue) {
  ThreadLocal<std::string> name;
  name.set("main");
  std::thread([&] {
    EXPECT_FALSE(name.has_value());
    EXPECT_EQ(*name, "");
    name.set("other");
    EXPECT_EQ(name->size(), 5U);
  }).join();
  EXPECT_EQ(*name, "main");
}

TEST(ThreadLocalNative, StartsWithWhatTheFunctionMakes) {
  ThreadLocal<int> number([] { return 7; }, "number");
  EXPECT_EQ(number.get(), 7);
  number.set(8);
  EXPECT_EQ(number.get(), 8);
  number.reset();
  EXPECT_FALSE(number.has_value());
  EXPECT_EQ(number.get(), 7);
}

TEST(ThreadLocalNative, ThreadEnds_ItsValueIsDestroyed) {
  std::atomic<int> living{0};
  ThreadLocal<Counted> counted([&] { return Counted(living); });
  counted.get();
  std::thread([&] {
    counted.get();
    EXPECT_EQ(living, 2);
  }).join();
  EXPECT_EQ(living, 1);
}

TEST(ThreadLocalNative, ThreadLocalEnds_AllItsValuesAreDestroyed) {
  std::atomic<int> living{0};
  std::optional<ThreadLocal<Counted>> counted;
  counted.emplace([&] { return Counted(living); });
  counted->get();
  Event used;
  Event gone;
  std::thread other([&] {
    counted->get();
    used.set();
    gone.wait();
  });
  used.wait();
  counted.reset();
  EXPECT_EQ(living, 0);
  gone.set();
  other.join();
  ThreadLocal<int> next;
  EXPECT_EQ(*next, 0);
}

TEST(ThreadLocalSchedule, EachTaskHasItsOwnValue) {
  const Result result = Explore(
      [] {
        ThreadLocal<int> number;
        const auto run = [&](int me) {
          SELVAGE_EXPECT(*number == 0);
          *number = me;
          Yield();
          SELVAGE_EXPECT(*number == me);
        };
        Thread other([&] { run(1); });
        run(2);
      },
      Exhaustively(2));
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ThreadLocalSchedule, TaskEnds_ItsValueIsDestroyedByIt) {
  struct Lent {
    explicit Lent(Semaphore& its_pool) : pool(&its_pool) {}
    Lent(Lent&& other) noexcept : pool(std::exchange(other.pool, nullptr)) {}
    ~Lent() {
      if (pool != nullptr) pool->release();
    }
    Semaphore* pool;
  };
  const Result result = Explore(
      [] {
        Semaphore pool(1, "pool");
        ThreadLocal<Lent> lent([&] {
          pool.acquire();
          return Lent(pool);
        });
        // Each gives back what it has used when it ends: the second waits for the first.
        Thread first([&] { lent.get(); });
        Thread second([&] { lent.get(); });
        first.join();
        second.join();
      },
      Exhaustively(2));
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ThreadLocalSchedule, ThreadLocalEndsBeforeATask_ItsValueIsDestroyedOnce) {
  std::atomic<int> living{0};
  const Result result = Explore(
      [&] {
        std::optional<ThreadLocal<Counted>> counted;
        counted.emplace([&] { return Counted(living); });
        ThreadLocal<Counted> kept([&] { return Counted(living); });
        Semaphore used(0);
        Semaphore gone(0);
        Thread other([&] {
          kept.get();
          counted->get();
          used.release();
          gone.acquire();
        });
        used.acquire();
        counted.reset();
        SELVAGE_EXPECT(living == 1);
        gone.release();
        other.join();
        SELVAGE_EXPECT(living == 0);
      },
      Exhaustively(1));
  EXPECT_TRUE(Proven(result)) << result.Text();
}

TEST(ThreadLocalSchedule, TaskIsUnwound_ItsValueIsDestroyed) {
  std::atomic<int> living{0};
  const Result result = Explore([&] {
    ThreadLocal<Counted> counted([&] { return Counted(living); });
    Semaphore never(0);
    Thread other([&] {
      counted.get();
      never.acquire();
    });
    other.join();
  });
  EXPECT_TRUE(result.Has(FindingKind::kDeadlock)) << result.Text();
  EXPECT_EQ(living, 0);
}

TEST(ThreadLocalSchedule, OutlivingTheSchedule_EachScheduleStartsAnew) {
  std::atomic<int> living{0};
  {
    ThreadLocal<std::unique_ptr<Counted>> counted;
    Options options;
    options.schedules = 20;
    const Result result = Explore(
        [&] {
          const auto run = [&] {
            SELVAGE_EXPECT(*counted == nullptr);
            counted.set(std::make_unique<Counted>(living));
          };
          Thread other(run);
          run();
        },
        options);
    EXPECT_TRUE(result.ok()) << result.Text();
    EXPECT_FALSE(counted.has_value());
    EXPECT_EQ(living, 0);
  }
  EXPECT_EQ(living, 0);
}

TEST(ThreadLocalOrder, ValuesOfDifferentTasksDoNotRace) {
  SELVAGE_SKIP_WITHOUT_TSAN();
  ThreadLocal<int> outliving;
  EXPECT_FALSE(Races([&] {
    ThreadLocal<int> number;
    const auto run = [&] {
      for (int i = 0; i < 3; ++i) {
        ++*number;
        ++*outliving;
        Yield();
      }
    };
    Thread other(run);
    run();
    other.join();
  }));
}

}  // namespace
}  // namespace selvage
