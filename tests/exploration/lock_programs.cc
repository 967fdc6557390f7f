// Programs whose threads wait for each other in the wrong way.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploration/programs.h"
#include "selvage/tests/exploration/threads.h"

namespace selvage::exploration {
namespace {

// Each takes the left fork first.
template <int philosophers>
void Philosophers() {
  std::mutex fork[philosophers];
  Threads threads;
  for (int i = 0; i < philosophers; ++i) {
    threads.Start(1, [&, i] {
      std::lock_guard left(fork[i]);
      std::lock_guard right(fork[(i + 1) % philosophers]);
    });
  }
}

// Peterson's algorithm with the two lines of its entry exchanged.
void FlawedPeterson() {
  std::atomic<bool> wants[2] = {false, false};
  std::atomic<int> turn{0};
  std::atomic<int> inside{0};
  Threads threads;
  for (int i = 0; i < 2; ++i) {
    threads.Start(1, [&, i] {
      turn = 1 - i;
      wants[i] = true;
      while (wants[1 - i] && turn == 1 - i) std::this_thread::yield();
      SELVAGE_EXPECT(++inside == 1);
      --inside;
      wants[i] = false;
    });
  }
}

// Dekker's algorithm that takes the turn for a permission without looking at the other's wish
// again.
void FlawedDekker() {
  std::atomic<bool> wants[2] = {false, false};
  std::atomic<int> turn{0};
  std::atomic<int> inside{0};
  Threads threads;
  for (int i = 0; i < 2; ++i) {
    threads.Start(1, [&, i] {
      wants[i] = true;
      if (wants[1 - i] && turn != i) {
        wants[i] = false;
        while (turn != i && wants[1 - i]) std::this_thread::yield();
        wants[i] = true;
      }
      SELVAGE_EXPECT(++inside == 1);
      --inside;
      turn = 1 - i;
      wants[i] = false;
    });
  }
}

// A barrier that is ready for its next round when the last thread has left it: who comes round
// again before that is one too many.
void ReusedBarrier() {
  constexpr int kThreads = 2;
  std::mutex lock;
  std::condition_variable all_here;
  int arrived = 0;
  int left = 0;
  const auto await = [&] {
    std::unique_lock held(lock);
    if (++arrived == kThreads) {
      all_here.notify_all();
    } else {
      all_here.wait(held, [&] { return arrived == kThreads; });
    }
    if (++left == kThreads) arrived = left = 0;
  };
  Threads threads;
  threads.Start(kThreads, [&] {
    await();
    await();
  });
}

// A writer that finds readers inside waits for the last of them, who looks for a waiting writer
// just before it has said that it waits.
void StarvedWriter() {
  std::mutex lock;
  std::condition_variable no_readers;
  std::atomic<int> readers{0};
  std::atomic<bool> writer_waits{false};
  std::atomic<bool> read{false};
  Threads threads;
  threads.Start(2, [&] {
    ++readers;
    read = true;
    if (--readers == 0 && writer_waits) {
      std::lock_guard held(lock);
      no_readers.notify_one();
    }
  });
  threads.Start(1, [&] {
    if (readers == 0) return;
    std::unique_lock held(lock);
    writer_waits = true;
    no_readers.wait(held);
  });
}

constexpr Program kLockPrograms[] = {
    {"philosophers 2", &Philosophers<2>}, {"philosophers 3", &Philosophers<3>},
    {"philosophers 4", &Philosophers<4>}, {"philosophers 5", &Philosophers<5>},
    {"philosophers 6", &Philosophers<6>}, {"philosophers 7", &Philosophers<7>},
    {"philosophers 8", &Philosophers<8>}, {"Peterson, flawed", &FlawedPeterson},
    {"Dekker, flawed", &FlawedDekker},    {"reused barrier", &ReusedBarrier},
    {"starved writer", &StarvedWriter},
};

}  // namespace

std::span<const Program> LockPrograms() { return kLockPrograms; }

}  // namespace selvage::exploration
