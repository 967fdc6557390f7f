#include "selvage/tests/harness/interpose/atomic_bodies.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

void RunTwice(const std::function<void()>& work) {
  const Thread first("first", work);
  const Thread second("second", work);
}

template <typename Lock>
void CountUnder(Lock& lock) {
  int counter = 0;
  RunTwice([&] {
    lock.Acquire();
    ++counter;
    lock.Release();
  });
  SELVAGE_EXPECT(counter == 2);
}

struct FlagLock {
  void Acquire() {
    while (flag.test_and_set(std::memory_order_acquire)) {
    }
  }
  void Release() { flag.clear(std::memory_order_release); }

  std::atomic_flag flag = ATOMIC_FLAG_INIT;
};

struct CompareExchangeLock {
  void Acquire() {
    int free = 0;
    while (!word.compare_exchange_weak(free, 1, std::memory_order_acquire)) free = 0;
  }
  void Release() { word.store(0, std::memory_order_release); }

  std::atomic<int> word = 0;
};

struct TicketLock {
  void Acquire() {
    const unsigned mine = next.fetch_add(1, std::memory_order_relaxed);
    while (served.load(std::memory_order_acquire) != mine) {
    }
  }
  void Release() { served.fetch_add(1, std::memory_order_release); }

  std::atomic<unsigned> next = 0;
  std::atomic<unsigned> served = 0;
};

struct LoadAndStoreLock {
  void Acquire() {
    while (word.load(std::memory_order_acquire) != 0) {
    }
    word.store(1, std::memory_order_release);
  }
  void Release() { word.store(0, std::memory_order_release); }

  std::atomic<int> word = 0;
};

// Nodes are numbered from 1; 0 is the end.
constexpr std::uint32_t kNodes = 3;

// What the links of a list of numbered nodes have in common: reading one is atomic, so that TSan
// has nothing to say and the lost node is what is found.
struct Links {
  std::atomic<std::uint32_t> next[kNodes + 1] = {};
  std::atomic<int> owners[kNodes + 1] = {};

  void Take(std::uint32_t node) { SELVAGE_EXPECT(owners[node].fetch_add(1) == 0); }
  void Give(std::uint32_t node) { owners[node].fetch_sub(1); }
};

struct PlainHead {
  using Word = std::uint32_t;
  static std::uint32_t NodeOf(Word head) { return head; }
  static Word With(Word, std::uint32_t node) { return node; }
};

struct CountedHead {
  using Word = std::uint64_t;
  static std::uint32_t NodeOf(Word head) { return static_cast<std::uint32_t>(head); }
  static Word With(Word head, std::uint32_t node) { return ((head >> 32) + 1) << 32 | node; }
};

template <typename Head>
class Stack {
 public:
  void Push(std::uint32_t node) {
    links_.Give(node);
    typename Head::Word head = head_.load();
    do {
      links_.next[node].store(Head::NodeOf(head));
    } while (!head_.compare_exchange_weak(head, Head::With(head, node)));
  }

  // 0: it was empty.
  std::uint32_t Pop() {
    typename Head::Word head = head_.load();
    std::uint32_t node;
    do {
      node = Head::NodeOf(head);
      if (node == 0) return 0;
    } while (!head_.compare_exchange_weak(head, Head::With(head, links_.next[node].load())));
    links_.Take(node);
    return node;
  }

  void Fill() {
    for (std::uint32_t node = kNodes; node > 0; --node) {
      links_.Take(node);
      Push(node);
    }
  }

 private:
  Links links_;
  std::atomic<typename Head::Word> head_ = 0;
};

// One pops; the other pops two and puts the first back.
template <typename Head>
void PopWhileAnotherPutsBack() {
  Stack<Head> stack;
  stack.Fill();
  const Thread popper("popper", [&] {
    stack.Pop();
    stack.Pop();
  });
  const Thread returner("returner", [&] {
    const std::uint32_t first = stack.Pop();
    stack.Pop();
    if (first != 0) stack.Push(first);
  });
}

void Publish(std::memory_order release, std::memory_order acquire) {
  int value = 0;
  std::atomic<bool> ready = false;
  const Thread writer("writer", [&] {
    value = 1;
    ready.store(true, release);
  });
  const Thread reader("reader", [&] {
    if (ready.load(acquire)) SELVAGE_EXPECT(value == 1);
  });
}

}  // namespace

template <typename T>
void AddByTwoUpdates() {
  std::atomic<T> value = 0;
  RunTwice([&] {
    const T before = value.fetch_add(0);
    value.exchange(static_cast<T>(before + 1));
  });
  SELVAGE_EXPECT(value == 2);
}
template void AddByTwoUpdates<std::uint8_t>();
template void AddByTwoUpdates<std::uint16_t>();
template void AddByTwoUpdates<std::uint32_t>();
template void AddByTwoUpdates<std::uint64_t>();

template <typename T>
void AddByOneUpdate() {
  std::atomic<T> value = 0;
  RunTwice([&] { value.fetch_add(1); });
  SELVAGE_EXPECT(value == 2);
}
template void AddByOneUpdate<std::uint8_t>();
template void AddByOneUpdate<std::uint16_t>();
template void AddByOneUpdate<std::uint32_t>();
template void AddByOneUpdate<std::uint64_t>();

void CountUnderFlag() {
  FlagLock lock;
  CountUnder(lock);
}

void CountUnderCompareExchange() {
  CompareExchangeLock lock;
  CountUnder(lock);
}

void CountUnderTicketLock() {
  TicketLock lock;
  CountUnder(lock);
}

void SpinOnFlagForEver() {
  FlagLock lock;
  lock.Acquire();
  const Thread spinner("spinner", [&] { lock.Acquire(); });
}

void CountUnderFlagOfLoadAndStore() {
  LoadAndStoreLock lock;
  CountUnder(lock);
}

void PopFromStackWithReusedNodes() { PopWhileAnotherPutsBack<PlainHead>(); }
void PopFromCountedStack() { PopWhileAnotherPutsBack<CountedHead>(); }

void PublishByRelease() { Publish(std::memory_order_release, std::memory_order_acquire); }
void PublishByRelaxed() { Publish(std::memory_order_relaxed, std::memory_order_relaxed); }

void AddToOneOfTwoMinds() {
  int value = 0;
  const Thread atomic("atomic", [&] { std::atomic_ref(value).fetch_add(1); });
  const Thread plain("plain", [&] { ++value; });
}

void UpdateLocalOfOther() {
  std::atomic<int> value = 0;
  const Thread other("other", [&] { value.exchange(value.fetch_add(0) + 1); });
  value.exchange(value.fetch_add(0) + 1);
  const_cast<Thread&>(other).join();
  SELVAGE_EXPECT(value == 2);
}

void CountInOwnLocal() {
  const Thread other("other", [] {});
  std::atomic<int> own = 0;
  for (int i = 0; i < 1'000; ++i) own.fetch_add(1);
  SELVAGE_EXPECT(own == 1'000);
}

void CopySharedPointers() {
  auto value = std::make_shared<int>(1);
  RunTwice([&] { const std::shared_ptr<int> copy = value; });
  SELVAGE_EXPECT(value.use_count() == 1);
}

void TwoUpdatesEach() {
  static std::atomic<int> value = 0;
  const auto update = [] {
    value.fetch_add(1);
    value.fetch_add(1);
  };
  const Thread first("first", update);
  const Thread second("second", update);
}

}  // namespace selvage
