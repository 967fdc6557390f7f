// What queues and thread pools have in common: items that are put and taken, one operation each.
#ifndef SELVAGE_PRIMITIVES_ITEM_QUEUE_H_
#define SELVAGE_PRIMITIVES_ITEM_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "selvage/harness/lockgraph/lock_identity.h"
#include "selvage/harness/source_location.h"
#include "selvage/primitives/monitor.h"

namespace selvage::internal {

enum class QueueOrder : std::uint8_t { kFirstInFirstOut, kLastInFirstOut, kSmallestFirst };

// An item's place in its queue; the user's value is in a derived class. Made and destroyed by who
// owns the item; in between only the queue touches it, out of TSan's sight.
struct QueueItem {
  QueueItem* next = nullptr;
  QueueItem* child = nullptr;
  std::uint64_t number = 0;
  lockgraph::Sent sent;
};

// Who takes an item is ordered after who put it, and after nobody else: TSan is told of each item
// by itself.
//
// Owns the items that are in it. Thread-safe, but for the destructor.
class ItemQueue final : private Monitor {
 public:
  // How items are destroyed, and, for kSmallestFirst, whether `a` goes before `b`; equal ones go in
  // the order in which they were put. `before` must not throw, nor use primitives.
  struct ItemType {
    void (*destroy)(QueueItem* item);
    bool (*before)(const void* context, const QueueItem& a, const QueueItem& b) = nullptr;
    const void* context = nullptr;
  };
  enum class PutResult : std::uint8_t { kPut, kFull, kShutDown };
  struct Taken {
    QueueItem* item = nullptr;  // null: none in time, or shut down
    bool shut_down = false;
  };
  enum class Pending : std::uint8_t { kKept, kRemoved };

  // `max_size`: 0 or less for no limit.
  ItemQueue(const char* type, QueueOrder order, std::ptrdiff_t max_size, ItemType item_type,
            std::string_view name, SourceLocation made_at);
  ~ItemQueue();

  // Takes over `item` if the result is kPut. Waits until there is room; a timeout of 0 is the time
  // for one look.
  PutResult Put(QueueItem& item, Turn::Timeout timeout);
  PutResult TryPut(QueueItem& item);
  // Gives an item to the caller, waiting for one.
  Taken Get(Turn::Timeout timeout);
  Taken TryGet();

  // One of the items that were put has been dealt with. Misuse: more often than items were put.
  void TaskDone();
  // Waits until all have. False if that was not so in time.
  bool Join(Turn::Timeout timeout);

  // Nothing can be put any more, and nobody waits any more. Returns the removed items, linked by
  // `next`, which are the caller's and count as dealt with.
  QueueItem* ShutDown(Pending pending);

  std::size_t Size();
  bool Full();
  std::ptrdiff_t max_size() const { return max_size_; }
  const runtime::Object& object() const { return Monitor::object(); }

  // Misuse by whoever owns it.
  void Refuse(std::string_view what, std::uintptr_t site) { Misuse(what, site); }

 private:
  struct Items {
    QueueItem* first = nullptr;  // next to be taken; the root of the heap with kSmallestFirst
    QueueItem* last = nullptr;   // with kFirstInFirstOut
    std::size_t count = 0;
    std::size_t unfinished = 0;
    std::uint64_t numbered = 0;
    bool shut_down = false;
    lockgraph::Sent shut_down_sent;
  };

  void ResetModel() override;
  Items& State();
  bool IsFull(const Items& items) const;
  PutResult Accept(Turn& turn, QueueItem& item, std::uintptr_t site);
  Taken Give(Turn& turn, std::uintptr_t site);
  void Insert(Items& items, QueueItem& item);
  QueueItem* Remove(Items& items);
  bool Before(const QueueItem& a, const QueueItem& b) const;
  QueueItem* Meld(QueueItem* a, QueueItem* b) const;
  QueueItem* MeldPairs(QueueItem* list) const;
  void Destroy(Items& items);

  lockgraph::LockIdentity items_;    // waited for by Get()
  lockgraph::LockIdentity room_;     // by Put(), where there is a limit
  lockgraph::LockIdentity settled_;  // by Join()
  const QueueOrder order_;
  const std::ptrdiff_t max_size_;
  const ItemType item_type_;
  Items native_;
  Items model_;
  char dealt_with_ = 0;  // its address orders TaskDone() before Join()
  char shut_down_ = 0;   // its address orders ShutDown() before those who notice
};

}  // namespace selvage::internal

#endif  // SELVAGE_PRIMITIVES_ITEM_QUEUE_H_
