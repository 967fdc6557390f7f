// Queue, LifoQueue, PriorityQueue: values handed from thread to thread; Python's queue module.
#ifndef SELVAGE_PRIMITIVES_QUEUE_H_
#define SELVAGE_PRIMITIVES_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "selvage/harness/source_location.h"
#include "selvage/primitives/item_queue.h"
#include "selvage/primitives/time.h"
#include "selvage/primitives/unscheduled.h"

namespace selvage {

// The queue was shut down: nothing can be put any more, and nothing is left to be taken.
class QueueShutDown : public std::runtime_error {
 public:
  QueueShutDown() : std::runtime_error("the queue is shut down") {}
};

namespace internal {

// The operations of all three queues. What was done before a put is ordered before what follows the
// get that takes its value, and nothing else is; what was done before task_done() is ordered before
// what follows join(), and before shutdown() before what follows the QueueShutDown.
//
// Inside a schedule times are virtual, and timed waits may also expire early. Values that an
// abandoned schedule left in a queue that outlives it are gone in the next.
//
// Misuse: task_done() called more often than values were put is a finding that ends the schedule;
// outside schedules it throws std::logic_error. Thread-safe. Must not be destroyed while anybody
// waits.
template <typename T>
class BasicQueue {
 public:
  BasicQueue(const BasicQueue&) = delete;
  BasicQueue& operator=(const BasicQueue&) = delete;

  // Puts `value`, waiting until there is room. Throws QueueShutDown.
  void put(T value) { PutItem(value, std::nullopt); }
  // False if there was no room, or none in time (Python's Full). Throws QueueShutDown. The value is
  // then left as it was, if T can be assigned to.
  bool try_put(T&& value) { return TryPutItem(value); }
  bool try_put(const T& value) {
    T copy(value);
    return TryPutItem(copy);
  }
  template <typename Rep, typename Period>
  bool put_for(T&& value, const std::chrono::duration<Rep, Period>& timeout) {
    return PutItem(value, Timeout(timeout));
  }
  template <typename Rep, typename Period>
  bool put_for(const T& value, const std::chrono::duration<Rep, Period>& timeout) {
    T copy(value);
    return PutItem(copy, Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  bool put_until(T value, const std::chrono::time_point<AnyClock, Duration>& deadline) {
    return PutItem(value, TimeUntil(deadline));
  }

  // Takes a value, waiting for one. Throws QueueShutDown once the queue is shut down and empty.
  SELVAGE_UNSCHEDULED T get() { return std::move(Own(queue_.Get(std::nullopt))->value); }
  // None if there was none, or none in time (Python's Empty). Throws QueueShutDown.
  SELVAGE_UNSCHEDULED std::optional<T> try_get() { return ValueOf(Own(queue_.TryGet())); }
  template <typename Rep, typename Period>
  std::optional<T> get_for(const std::chrono::duration<Rep, Period>& timeout) {
    return GetWithin(Timeout(timeout));
  }
  template <typename AnyClock, typename Duration>
  std::optional<T> get_until(const std::chrono::time_point<AnyClock, Duration>& deadline) {
    return GetWithin(TimeUntil(deadline));
  }

  // Whoever took a value has dealt with it.
  void task_done() { queue_.TaskDone(); }
  // Waits until every value that was put has been dealt with.
  void join() { queue_.Join(std::nullopt); }
  // False if that was not so in time.
  template <typename Rep, typename Period>
  bool join_for(const std::chrono::duration<Rep, Period>& timeout) {
    return queue_.Join(Timeout(timeout));
  }

  // From now on nothing can be put; what is in the queue can still be taken, unless `immediate`:
  // then it is destroyed, and counts as dealt with. Whoever waits in vain gets a QueueShutDown.
  SELVAGE_UNSCHEDULED void shutdown(bool immediate = false) {
    QueueItem* removed =
        queue_.ShutDown(immediate ? ItemQueue::Pending::kRemoved : ItemQueue::Pending::kKept);
    while (removed != nullptr) {
      const std::unique_ptr<Item> item(static_cast<Item*>(removed));
      removed = removed->next;
    }
  }

  // The answers may be stale when they arrive.
  std::size_t size() const { return queue_.Size(); }
  std::size_t qsize() const { return size(); }
  bool empty() const { return size() == 0; }
  bool full() const { return queue_.Full(); }
  // The limit on its size; 0: none.
  std::size_t maxsize() const {
    return queue_.max_size() > 0 ? static_cast<std::size_t>(queue_.max_size()) : 0;
  }

 protected:
  // The value lives in its item from the put to the get, so that only the two threads which
  // exchange it ever touch it.
  struct Item : QueueItem {
    explicit Item(T&& from) : value(std::move(from)) {}
    T value;
  };

  BasicQueue(const char* type, QueueOrder order, std::ptrdiff_t max_size,
             ItemQueue::ItemType item_type, std::string_view name, SourceLocation made_at)
      : queue_(type, order, max_size, item_type, name, made_at) {}
  ~BasicQueue() = default;

  static void DestroyItem(QueueItem* item) { delete static_cast<Item*>(item); }

 private:
  SELVAGE_UNSCHEDULED std::optional<T> GetWithin(std::chrono::nanoseconds timeout) {
    return ValueOf(Own(queue_.Get(timeout)));
  }
  SELVAGE_UNSCHEDULED bool PutItem(T& value, std::optional<std::chrono::nanoseconds> timeout) {
    auto item = std::make_unique<Item>(std::move(value));
    return Settle(queue_.Put(*item, timeout), item, value);
  }
  SELVAGE_UNSCHEDULED bool TryPutItem(T& value) {
    auto item = std::make_unique<Item>(std::move(value));
    return Settle(queue_.TryPut(*item), item, value);
  }
  static bool Settle(ItemQueue::PutResult result, std::unique_ptr<Item>& item, T& value) {
    if (result == ItemQueue::PutResult::kPut) {
      // It may be gone already.
      static_cast<void>(item.release());
      return true;
    }
    if constexpr (std::is_move_assignable_v<T>) value = std::move(item->value);
    if (result == ItemQueue::PutResult::kShutDown) throw QueueShutDown();
    return false;
  }

  static std::unique_ptr<Item> Own(ItemQueue::Taken taken) {
    if (taken.shut_down) throw QueueShutDown();
    return std::unique_ptr<Item>(static_cast<Item*>(taken.item));
  }
  static std::optional<T> ValueOf(std::unique_ptr<Item> item) {
    if (item == nullptr) return std::nullopt;
    return std::optional<T>(std::move(item->value));
  }

  mutable ItemQueue queue_;
};

}  // namespace internal

// First in, first out. `T` must be movable.
template <typename T>
class Queue : public internal::BasicQueue<T> {
 public:
  // Holds at most `maxsize` values; 0: no limit.
  explicit Queue(std::ptrdiff_t maxsize = 0, std::string_view name = {},
                 SourceLocation made_at = SourceLocation::Current())
      : internal::BasicQueue<T>("Queue", internal::QueueOrder::kFirstInFirstOut, maxsize,
                                {.destroy = &Queue::DestroyItem}, name, made_at) {}
};

// Last in, first out.
template <typename T>
class LifoQueue : public internal::BasicQueue<T> {
 public:
  explicit LifoQueue(std::ptrdiff_t maxsize = 0, std::string_view name = {},
                     SourceLocation made_at = SourceLocation::Current())
      : internal::BasicQueue<T>("LifoQueue", internal::QueueOrder::kLastInFirstOut, maxsize,
                                {.destroy = &LifoQueue::DestroyItem}, name, made_at) {}
};

// The smallest first, as in Python and unlike std::priority_queue; equal values in the order in
// which they were put. `Compare` must not throw, nor use primitives. Takes O(log size) amortised.
template <typename T, typename Compare = std::less<T>>
class PriorityQueue : public internal::BasicQueue<T> {
 public:
  explicit PriorityQueue(std::ptrdiff_t maxsize = 0, std::string_view name = {},
                         SourceLocation made_at = SourceLocation::Current())
      : PriorityQueue(maxsize, Compare(), name, made_at) {}
  PriorityQueue(std::ptrdiff_t maxsize, Compare compare, std::string_view name = {},
                SourceLocation made_at = SourceLocation::Current())
      : internal::BasicQueue<T>("PriorityQueue", internal::QueueOrder::kSmallestFirst, maxsize,
                                {.destroy = &PriorityQueue::DestroyItem,
                                 .before = &PriorityQueue::Before,
                                 .context = this},
                                name, made_at),
        compare_(std::move(compare)) {}

 private:
  using Item = typename internal::BasicQueue<T>::Item;

  static bool Before(const void* self, const internal::QueueItem& a, const internal::QueueItem& b) {
    return static_cast<const PriorityQueue*>(self)->compare_(static_cast<const Item&>(a).value,
                                                             static_cast<const Item&>(b).value);
  }

  Compare compare_;
};

}  // namespace selvage

#endif  // SELVAGE_PRIMITIVES_QUEUE_H_
