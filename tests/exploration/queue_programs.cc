// Containers that several threads use at once, and what is built on them.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploration/programs.h"
#include "selvage/tests/exploration/threads.h"

namespace selvage::exploration {
namespace {

// Once the producer has put something in, the consumer believes for ever that there is something.
void Stack() {
  constexpr int kItems = 5;
  std::mutex lock;
  bool filled = false;
  int top = 0;
  InParallel(
      [&] {
        for (int i = 0; i < kItems; ++i) {
          std::lock_guard held(lock);
          ++top;
          filled = true;
        }
      },
      [&] {
        for (int i = 0; i < kItems; ++i) {
          std::lock_guard held(lock);
          if (!filled) continue;
          SELVAGE_EXPECT(top > 0);
          if (top > 0) --top;
        }
      });
}

// Appending one buffer to another asks for its length first and for its text afterwards.
class StringBuffer {
 public:
  explicit StringBuffer(std::string text) : text_(std::move(text)) {}

  std::size_t length() {
    std::lock_guard held(lock_);
    return text_.size();
  }
  void Erase() {
    std::lock_guard held(lock_);
    text_.clear();
  }
  std::string Get(std::size_t length) {
    std::lock_guard held(lock_);
    SELVAGE_EXPECT(length <= text_.size());
    return text_.substr(0, length);
  }
  void Append(StringBuffer& other) {
    std::lock_guard held(lock_);
    const std::size_t length = other.length();
    text_ += other.Get(length);
  }

 private:
  std::mutex lock_;
  std::string text_;
};

void AppendToStringBuffer() {
  StringBuffer from("abc");
  StringBuffer to("");
  InParallel([&] { to.Append(from); }, [&] { from.Erase(); });
}

// One condition for two kinds of waiting, and one waiter woken: it may be of the wrong kind.
void BoundedBuffer() {
  std::mutex lock;
  std::condition_variable changed;
  int items = 0;
  Threads threads;
  threads.Start(2, [&] {
    for (int i = 0; i < 2; ++i) {
      std::unique_lock held(lock);
      changed.wait(held, [&] { return items == 0; });
      ++items;
      changed.notify_one();
    }
  });
  threads.Start(2, [&] {
    for (int i = 0; i < 2; ++i) {
      std::unique_lock held(lock);
      changed.wait(held, [&] { return items > 0; });
      --items;
      changed.notify_one();
    }
  });
}

// Two producers read the index of the next place before either of them has moved it.
void CircularBuffer() {
  constexpr int kSize = 8;
  std::atomic<int> buffer[kSize] = {};
  std::atomic<int> next{0};
  const auto produce = [&](int value) {
    for (int i = 0; i < 3; ++i) {
      const int place = next;
      buffer[place % kSize] = value;
      next = place + 1;
    }
  };
  InParallel([&] { produce(1); }, [&] { produce(2); });
  SELVAGE_EXPECT(next == 6);
}

// A queue that handles being full in the wrong way, which it seldom is.
void QueueThatMustFill() {
  constexpr int kCapacity = 6;
  std::mutex lock;
  std::vector<int> items;
  int lost = 0;
  InParallel(
      [&] {
        for (int i = 0; i < 8; ++i) {
          std::lock_guard held(lock);
          if (items.size() < kCapacity) {
            items.push_back(i);
          } else {
            ++lost;
          }
        }
      },
      [&] {
        for (int i = 0; i < 8; ++i) {
          std::lock_guard held(lock);
          if (!items.empty()) items.erase(items.begin());
        }
      });
  SELVAGE_EXPECT(lost == 0);
}

// A quicksort by a pool. A worker that finds no part is idle, and when all are idle the array is
// sorted; but a worker is counted as busy only after it has taken its part.
void Quicksort() {
  constexpr int kWorkers = 3;
  using Part = std::pair<int, int>;
  std::vector<int> array = {7, 3, 6, 1, 8, 2, 5, 4};
  std::mutex lock;
  std::deque<Part> parts = {{0, static_cast<int>(array.size())}};
  std::atomic<int> idle{0};
  const auto take = [&]() -> std::optional<Part> {
    std::lock_guard held(lock);
    if (parts.empty()) return std::nullopt;
    const Part part = parts.back();
    parts.pop_back();
    return part;
  };
  std::atomic<int> unsorted{static_cast<int>(array.size())};
  std::atomic<bool> was_early{false};
  const auto sort = [&](Part part) {
    const auto [begin, end] = part;
    if (end - begin <= 1) {
      unsorted -= end - begin;
      return;
    }
    const auto first = array.begin() + begin;
    const auto last = array.begin() + end;
    const int pivot = *first;
    const auto middle = std::partition(first + 1, last, [&](int x) { return x < pivot; });
    std::iter_swap(first, middle - 1);
    --unsorted;
    const int split = static_cast<int>(middle - array.begin());
    std::lock_guard held(lock);
    parts.emplace_back(begin, split - 1);
    parts.emplace_back(split, end);
  };
  Threads threads;
  threads.Start(kWorkers, [&] {
    bool is_idle = false;
    for (;;) {
      if (const std::optional<Part> part = take()) {
        if (std::exchange(is_idle, false)) --idle;
        sort(*part);
        continue;
      }
      if (!std::exchange(is_idle, true)) ++idle;
      if (idle == kWorkers) {
        if (unsorted > 0) was_early = true;
        return;
      }
      std::this_thread::yield();
    }
  });
  threads.Join();
  SELVAGE_EXPECT(!was_early);
}

constexpr Program kQueuePrograms[] = {
    {"stack", &Stack, 2},
    {"string buffer", &AppendToStringBuffer, 8},
    {"bounded buffer", &BoundedBuffer},
    {"circular buffer", &CircularBuffer},
    {"queue that must fill", &QueueThatMustFill},
    {"quicksort", &Quicksort, 27},
};

}  // namespace

std::span<const Program> QueuePrograms() { return kQueuePrograms; }

}  // namespace selvage::exploration
