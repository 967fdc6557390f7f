#include "selvage/primitives/item_queue.h"

#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/call_site.h"
#include "selvage/primitives/recording.h"

namespace selvage::internal {

using runtime::OpKind;

namespace {

constexpr lockgraph::Properties kWaitedFor{.kind = lockgraph::ObjectKind::kQueue};

}  // namespace

ItemQueue::ItemQueue(const char* type, QueueOrder order, std::ptrdiff_t max_size,
                     ItemType item_type, std::string_view name, SourceLocation made_at)
    : Monitor(type, name, made_at),
      items_(type, object().name(), made_at, kWaitedFor),
      room_("Room in queue", object().name(), made_at, kWaitedFor),
      settled_("Join of queue", object().name(), made_at, kWaitedFor),
      order_(order),
      max_size_(max_size),
      item_type_(item_type) {}

ItemQueue::~ItemQueue() {
  if (UsedInSchedule()) {
    Destroy(model_);
  } else {
    const OutsideSchedule outside;
    Destroy(model_);
  }
  Destroy(native_);
  items_.OnDestroyed();
  room_.OnDestroyed();
  settled_.OnDestroyed();
  ForgetOrder(&dealt_with_);
  ForgetOrder(&shut_down_);
}

void ItemQueue::ResetModel() {
  const OutsideSchedule outside;
  Destroy(model_);
  model_ = Items{};
  ForgetOrder(&dealt_with_);
  ForgetOrder(&shut_down_);
}

// In any order: what compares the values may be gone by now.
void ItemQueue::Destroy(Items& items) {
  QueueItem* list = items.first;
  items.first = items.last = nullptr;
  items.count = 0;
  while (list != nullptr) {
    QueueItem* item = list;
    list = item->next;
    if (item->child != nullptr) {
      QueueItem* last = item->child;
      while (last->next != nullptr) last = last->next;
      last->next = list;
      list = item->child;
    }
    item_type_.destroy(item);
  }
}

ItemQueue::Items& ItemQueue::State() {
  return runtime::CurrentTask() != nullptr ? model_ : native_;
}

bool ItemQueue::IsFull(const Items& items) const {
  return max_size_ > 0 && items.count >= static_cast<std::size_t>(max_size_);
}

// --- Operations ---

ItemQueue::PutResult ItemQueue::Put(QueueItem& item, Turn::Timeout timeout) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  const Items& items = State();
  if (max_size_ > 0) NoteAwait(room_, timeout, site);
  Turn turn(*this, OpKind::kPut, site, [&] { return items.shut_down || !IsFull(items); }, timeout,
            {.lock = &room_});
  return Accept(turn, item, site);
}

ItemQueue::PutResult ItemQueue::TryPut(QueueItem& item) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kPut, site);
  return Accept(turn, item, site);
}

ItemQueue::PutResult ItemQueue::Accept(Turn& turn, QueueItem& item, std::uintptr_t site) {
  Items& items = State();
  if (items.shut_down) {
    NoteSignalReceived(items.shut_down_sent);
    tsan::Acquire(&shut_down_);
    turn.Unsuccessful();
    return PutResult::kShutDown;
  }
  if (turn.timed_out()) return PutResult::kFull;
  if (IsFull(items)) {
    turn.Unsuccessful();
    return PutResult::kFull;
  }
  // The first ones find room that nobody has made.
  if (max_size_ > 0 && items.numbered >= static_cast<std::uint64_t>(max_size_)) {
    NoteSignalReceived(room_);
  }
  item.sent = NoteSignal(items_, site);
  tsan::Release(&item);
  Insert(items, item);
  ++items.unfinished;
  turn.Changed();
  return PutResult::kPut;
}

ItemQueue::Taken ItemQueue::Get(Turn::Timeout timeout) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  const Items& items = State();
  NoteAwait(items_, timeout, site);
  Turn turn(*this, OpKind::kGet, site, [&] { return items.shut_down || items.count > 0; }, timeout,
            {.lock = &items_});
  return Give(turn, site);
}

ItemQueue::Taken ItemQueue::TryGet() {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kGet, site);
  return Give(turn, site);
}

ItemQueue::Taken ItemQueue::Give(Turn& turn, std::uintptr_t site) {
  if (turn.timed_out()) return {};
  Items& items = State();
  if (QueueItem* item = Remove(items)) {
    NoteSignalReceived(item->sent);
    if (max_size_ > 0) NoteSignal(room_, site);
    tsan::Acquire(item);
    ForgetOrder(item);
    turn.Changed();
    return {.item = item, .shut_down = false};
  }
  if (items.shut_down) {
    NoteSignalReceived(items.shut_down_sent);
    tsan::Acquire(&shut_down_);
  }
  turn.Unsuccessful();
  return {.item = nullptr, .shut_down = items.shut_down};
}

void ItemQueue::TaskDone() {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  Turn turn(*this, OpKind::kComplete, site);
  Items& items = State();
  if (items.unfinished == 0) Misuse("task_done() called more often than items were put", site);
  NoteSignal(settled_, site);
  tsan::Release(&dealt_with_);
  --items.unfinished;
  turn.Changed();
}

bool ItemQueue::Join(Turn::Timeout timeout) {
  const std::uintptr_t site = SELVAGE_CALL_SITE();
  const Items& items = State();
  NoteAwait(settled_, timeout, site);
  Turn turn(*this, OpKind::kWait, site, [&] { return items.unfinished == 0; }, timeout,
            {.lock = &settled_});
  if (turn.timed_out()) return false;
  NoteSignalReceived(settled_);
  tsan::Acquire(&dealt_with_);
  return true;
}

QueueItem* ItemQueue::ShutDown(Pending pending) {
  Turn turn(*this, OpKind::kCancel, SELVAGE_CALL_SITE());
  Items& items = State();
  items.shut_down_sent = NoteSend();
  tsan::Release(&shut_down_);
  items.shut_down = true;
  QueueItem* removed = nullptr;
  QueueItem** end = &removed;
  while (pending == Pending::kRemoved && items.count > 0) {
    QueueItem* item = Remove(items);
    tsan::Acquire(item);
    ForgetOrder(item);
    if (items.unfinished > 0) --items.unfinished;
    *end = item;
    end = &item->next;
  }
  turn.Changed();
  return removed;
}

std::size_t ItemQueue::Size() {
  const Turn turn(*this, OpKind::kQuery, SELVAGE_CALL_SITE());
  return State().count;
}

bool ItemQueue::Full() {
  const Turn turn(*this, OpKind::kQuery, SELVAGE_CALL_SITE());
  return IsFull(State());
}

// --- Order. The smallest goes first by a pairing heap (Fredman, Sedgewick, Sleator, Tarjan, "The
// Pairing Heap", Algorithmica 1986): a root with a list of children, which are such heaps. Putting
// is O(1), taking O(log items) amortised. ---

void ItemQueue::Insert(Items& items, QueueItem& item) {
  item.next = item.child = nullptr;
  item.number = items.numbered++;
  switch (order_) {
    case QueueOrder::kFirstInFirstOut:
      (items.count > 0 ? items.last->next : items.first) = &item;
      items.last = &item;
      break;
    case QueueOrder::kLastInFirstOut:
      item.next = items.first;
      items.first = &item;
      break;
    case QueueOrder::kSmallestFirst:
      items.first = Meld(items.first, &item);
      break;
  }
  ++items.count;
}

QueueItem* ItemQueue::Remove(Items& items) {
  if (items.count == 0) return nullptr;
  QueueItem* item = items.first;
  items.first = order_ == QueueOrder::kSmallestFirst ? MeldPairs(item->child) : item->next;
  item->next = item->child = nullptr;
  --items.count;
  return item;
}

// The values compared are those of other threads, in whose order nobody has a say: the queue's own
// exclusion makes it safe, which is no order that the user may rely on.
bool ItemQueue::Before(const QueueItem& a, const QueueItem& b) const {
  const tsan::IgnoreScope unseen;
  if (item_type_.before(item_type_.context, a, b)) return true;
  return a.number < b.number && !item_type_.before(item_type_.context, b, a);
}

QueueItem* ItemQueue::Meld(QueueItem* a, QueueItem* b) const {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  QueueItem* root = Before(*a, *b) ? a : b;
  QueueItem* below = root == a ? b : a;
  below->next = root->child;
  root->child = below;
  return root;
}

QueueItem* ItemQueue::MeldPairs(QueueItem* list) const {
  QueueItem* pairs = nullptr;
  while (list != nullptr) {
    QueueItem* first = list;
    QueueItem* second = first->next;
    list = second != nullptr ? second->next : nullptr;
    first->next = nullptr;
    if (second != nullptr) second->next = nullptr;
    QueueItem* pair = Meld(first, second);
    pair->next = pairs;
    pairs = pair;
  }
  QueueItem* root = nullptr;
  while (pairs != nullptr) {
    QueueItem* pair = pairs;
    pairs = pair->next;
    pair->next = nullptr;
    root = Meld(root, pair);
  }
  return root;
}

}  // namespace selvage::internal
