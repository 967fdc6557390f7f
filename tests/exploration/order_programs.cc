// Programs that fail when things happen in an order that their authors did not think of.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploration/programs.h"
#include "selvage/tests/exploration/threads.h"

namespace selvage::exploration {
namespace {

// Fails if a checker looks after the first setter's first store and before anybody's second.
template <int setters, int checkers>
void Reorder() {
  std::atomic<int> a{0};
  std::atomic<int> b{0};
  Threads threads;
  threads.Start(setters, [&] {
    a = 1;
    b = -1;
  });
  threads.Start(checkers, [&] { SELVAGE_EXPECT((a == 0 && b == 0) || (a == 1 && b == -1)); });
}

// Two values that belong together, each behind a lock of its own.
template <int writers, int readers>
void TwoStage() {
  std::mutex first_lock;
  std::mutex second_lock;
  int first = 0;
  int second = 0;
  Threads threads;
  threads.Start(writers, [&] {
    constexpr int kValue = 1;
    {
      std::lock_guard lock(first_lock);
      first = kValue;
    }
    std::lock_guard lock(second_lock);
    second = kValue + 1;
  });
  threads.Start(readers, [&] {
    int seen = 0;
    {
      std::lock_guard lock(first_lock);
      if (first == 0) return;
      seen = first;
    }
    std::lock_guard lock(second_lock);
    SELVAGE_EXPECT(second == seen + 1);
  });
}

// The balance is read before the lock is taken.
void Account() {
  std::mutex lock;
  std::atomic<int> balance{10};
  InParallel(
      [&] {
        const int before = balance;
        std::lock_guard held(lock);
        balance = before + 4;
      },
      [&] {
        std::lock_guard held(lock);
        balance = balance - 2;
      });
  SELVAGE_EXPECT(balance == 12);
}

// Money is in no account for a while, and an audit adds up then.
void Bank() {
  std::mutex lock[3];
  int money[3] = {100, 100, 100};
  const auto add = [&](int account, int amount) {
    std::lock_guard held(lock[account]);
    money[account] += amount;
  };
  InParallel(
      [&] {
        add(0, -30);
        add(1, +30);
      },
      [&] {
        add(1, -20);
        add(2, +20);
      },
      [&] {
        int sum = 0;
        for (int i = 0; i < 3; ++i) {
          std::lock_guard held(lock[i]);
          sum += money[i];
        }
        SELVAGE_EXPECT(sum <= 300);
      });
}

// One field, some threads protect it by one lock and some by another.
template <int right, int wrong>
void WrongLock() {
  std::mutex its_lock;
  std::mutex other_lock;
  std::atomic<int> value{0};
  Threads threads;
  threads.Start(right, [&] {
    std::lock_guard held(its_lock);
    const int before = value;
    value = before + 1;
    SELVAGE_EXPECT(value == before + 1);
  });
  threads.Start(wrong, [&] {
    std::lock_guard held(other_lock);
    value = value + 1;
  });
}

// A device driver is stopped while a request is on its way in. After Qadeer and Wu, "KISS: Keep It
// Simple and Sequential", PLDI 2004.
void Bluetooth() {
  std::atomic<bool> stopping{false};
  std::atomic<bool> stopped{false};
  std::atomic<bool> may_stop{false};
  std::atomic<int> pending{1};
  const auto leave = [&] {
    if (--pending == 0) may_stop = true;
  };
  InParallel(
      [&] {
        if (stopping) return;
        ++pending;
        SELVAGE_EXPECT(!stopped);
        leave();
      },
      [&] {
        stopping = true;
        leave();
        if (may_stop) stopped = true;
      });
}

// Two threads make the one instance.
void LazyInitialization() {
  std::atomic<bool> made{false};
  std::atomic<int> instances{0};
  const auto get = [&] {
    if (!made) {
      ++instances;
      made = true;
    }
  };
  InParallel(get, get);
  SELVAGE_EXPECT(instances == 1);
}

// The flag of a double-checked initialisation is set before the object is complete.
void DoubleCheckedLocking() {
  std::mutex lock;
  std::atomic<bool> ready{false};
  std::atomic<int> field{0};
  const auto get = [&] {
    if (!ready) {
      std::lock_guard held(lock);
      if (!ready) {
        ready = true;
        field = 42;
      }
    }
    SELVAGE_EXPECT(field == 42);
  };
  InParallel(get, get);
}

// Three steps under one lock that happen to come in the one order that adds up.
void LazyStages() {
  std::mutex lock;
  int data = 0;
  InParallel(
      [&] {
        std::lock_guard held(lock);
        ++data;
      },
      [&] {
        std::lock_guard held(lock);
        data += 2;
      },
      [&] {
        std::lock_guard held(lock);
        SELVAGE_EXPECT(data < 3);
      });
}

// Each station hands on what it has read; two of them read before the token was there.
void TokenRing() {
  std::mutex lock;
  int x[3] = {0, 0, 0};
  bool done[3] = {false, false, false};
  Threads threads;
  for (int i = 0; i < 3; ++i) {
    threads.Start(1, [&, i] {
      std::lock_guard held(lock);
      x[i] = i == 0 ? (x[2] + 1) % 4 : x[i - 1];
      done[i] = true;
    });
  }
  threads.Start(1, [&] {
    std::lock_guard held(lock);
    if (done[0] && done[1] && done[2]) SELVAGE_EXPECT(x[0] == x[1] && x[1] == x[2]);
  });
}

// A thread polls, correctly, for a value that two others write in the wrong order.
void PollingConsumer() {
  std::atomic<bool> ready{false};
  std::atomic<int> value{0};
  std::atomic<int> version{0};
  InParallel(
      [&] {
        value = 1;
        ready = true;
        version = 1;
      },
      [&] {
        while (!ready) std::this_thread::yield();
        SELVAGE_EXPECT(value == 1 && version == 1);
      });
}

// A thread that sleeps first is late, unless the others are later.
void Sleeper() {
  std::atomic<int> stage{0};
  std::atomic<bool> early{false};
  InParallel(
      [&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (stage == 1) early = true;
      },
      [&] {
        for (int i = 0; i < 10; ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        stage = 1;
        stage = 2;
      },
      [&] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); });
  SELVAGE_EXPECT(!early);
}

constexpr Program kOrderPrograms[] = {
    {"reorder 3", &Reorder<2, 1>, 6},
    {"reorder 4", &Reorder<3, 1>, 6},
    {"reorder 5", &Reorder<4, 1>, 6},
    {"reorder 10", &Reorder<9, 1>, 6},
    {"reorder 20", &Reorder<19, 1>, 6},
    {"reorder 50", &Reorder<40, 10>, 6},
    {"reorder 100", &Reorder<99, 1>, 6, true},
    {"twostage 2", &TwoStage<1, 1>, 4},
    {"twostage 20", &TwoStage<10, 10>, 6},
    {"twostage 50", &TwoStage<40, 10>, 20},
    {"twostage 100", &TwoStage<99, 1>, 56, true},
    {"account", &Account},
    {"bank", &Bank},
    {"wrong lock 2", &WrongLock<1, 1>},
    {"wrong lock 8", &WrongLock<1, 7>},
    {"bluetooth driver", &Bluetooth, 9},
    {"lazy initialization", &LazyInitialization},
    {"lazy stages", &LazyStages},
    {"double-checked locking", &DoubleCheckedLocking},
    {"token ring", &TokenRing},
    {"polling consumer", &PollingConsumer},
    {"sleeper", &Sleeper},
};

}  // namespace

std::span<const Program> OrderPrograms() { return kOrderPrograms; }

}  // namespace selvage::exploration
