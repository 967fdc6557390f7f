// Data structures of atomics alone.
#include <atomic>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploration/programs.h"
#include "selvage/tests/exploration/threads.h"

namespace selvage::exploration {
namespace {

// The owner takes from one end and a thief from the other; for the last item they must agree. The
// owner looks at the thieves' end before it has moved its own. After Frigo, Leiserson, Randall,
// "The Implementation of the Cilk-5 Multithreaded Language", PLDI 1998.
class WorkStealingQueue {
 public:
  void Put() { ++tail_; }
  // Whether there was an item; `taken` counts for each item who has it.
  bool Take(std::atomic<int>* taken) {
    const int tail = tail_ - 1;
    const int head = head_;
    tail_ = tail;
    if (head > tail) {
      tail_ = head;
      return false;
    }
    ++taken[tail];
    return true;
  }
  bool Steal(std::atomic<int>* taken) {
    const int head = head_;
    if (head >= tail_) return false;
    ++taken[head];
    head_ = head + 1;
    return true;
  }

 private:
  std::atomic<int> head_{0};
  std::atomic<int> tail_{0};
};

void WorkStealing() {
  constexpr int kItems = 3;
  WorkStealingQueue queue;
  std::atomic<int> taken[kItems] = {};
  InParallel(
      [&] {
        for (int i = 0; i < kItems; ++i) queue.Put();
        while (queue.Take(taken)) {
        }
      },
      [&] { queue.Steal(taken); });
  for (const std::atomic<int>& count : taken) SELVAGE_EXPECT(count <= 1);
}

// The same with a compare-exchange for the thief, and an owner who forgets to use one for the last.
void InterlockedWorkStealing() {
  constexpr int kItems = 2;
  std::atomic<int> head{0};
  std::atomic<int> tail{kItems};
  std::atomic<int> taken[kItems] = {};
  InParallel(
      [&] {
        for (int i = 0; i < kItems; ++i) {
          const int last = --tail;
          const int first = head;
          if (first > last) {
            tail = first;
            return;
          }
          ++taken[last];
          if (first == last) {
            head = first + 1;
            tail = first + 1;
            return;
          }
        }
      },
      [&] {
        int first = head;
        if (first < tail && head.compare_exchange_strong(first, first + 1)) ++taken[first];
      });
  for (const std::atomic<int>& count : taken) SELVAGE_EXPECT(count <= 1);
}

// A free list whose head comes back while somebody holds its old successor.
void AbaFreeList() {
  constexpr int kNodes = 3;
  constexpr int kNone = -1;
  std::atomic<int> head{0};
  std::atomic<int> next[kNodes];
  for (int i = 0; i < kNodes; ++i) next[i] = i + 1 < kNodes ? i + 1 : kNone;
  std::atomic<int> owners[kNodes] = {};
  const auto pop = [&] {
    int first = head;
    while (first != kNone) {
      const int second = next[first];
      if (head.compare_exchange_strong(first, second)) {
        SELVAGE_EXPECT(++owners[first] == 1);
        return first;
      }
    }
    return kNone;
  };
  const auto push = [&](int node) {
    --owners[node];
    int first = head;
    do {
      next[node] = first;
    } while (!head.compare_exchange_strong(first, node));
  };
  InParallel([&] { pop(); },
             [&] {
               const int a = pop();
               const int b = pop();
               if (a != kNone) push(a);
               if (b != kNone) pop();
             });
}

// Vyukov's stack that needs five switches between three threads to give one item to two of them.
// Who gets none a few times goes on without: a stack that has lost items makes nobody wait.
void SafeStack() {
  constexpr int kThreads = 3;
  constexpr int kRounds = 4;
  constexpr int kItems = 3;
  constexpr int kAttempts = 3;
  std::atomic<int> head{0};
  std::atomic<int> count{kItems};
  std::atomic<int> next[kItems];
  std::atomic<int> value[kItems] = {};
  for (int i = 0; i < kItems; ++i) next[i] = i + 1 < kItems ? i + 1 : -1;
  const auto pop = [&] {
    for (int attempt = 0; attempt < kAttempts && count > 1; ++attempt) {
      int first = head;
      const int second = next[first].exchange(-1);
      if (second < 0) continue;
      if (head.compare_exchange_strong(first, second)) {
        --count;
        return first;
      }
      next[first].exchange(second);
    }
    return -1;
  };
  const auto push = [&](int item) {
    int first = head;
    do {
      next[item] = first;
    } while (!head.compare_exchange_strong(first, item));
    ++count;
  };
  Threads threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.Start(1, [&, i] {
      for (int round = 0; round < kRounds; ++round) {
        const int item = pop();
        if (item < 0) continue;
        value[item] = i;
        SELVAGE_EXPECT(value[item] == i);
        push(item);
      }
    });
  }
}

constexpr Program kLockFreePrograms[] = {
    {"work-stealing queue", &WorkStealing, 6},
    {"interlocked work-stealing queue", &InterlockedWorkStealing},
    {"ABA free list", &AbaFreeList},
    {"SafeStack", &SafeStack, 368'921, true},
};

}  // namespace

std::span<const Program> LockFreePrograms() { return kLockFreePrograms; }

}  // namespace selvage::exploration
