// Who waits until when.
#ifndef SELVAGE_HARNESS_RUNTIME_DEADLINES_H_
#define SELVAGE_HARNESS_RUNTIME_DEADLINES_H_

#include <cstddef>
#include <cstdint>

#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

// Tasks by the deadlines of their waits: a binary heap, the earliest first. Not thread-safe.
class Deadlines {
 public:
  // A task's own, as long as it is in the heap: where.
  using Place = std::size_t;
  static constexpr Place kNowhere = SIZE_MAX;

  void Clear() { heap_.Clear(); }
  bool empty() const { return heap_.size() == 0; }
  std::size_t size() const { return heap_.size(); }

  // `place` is kept up to date until Remove(), and lives until then. O(log n).
  void Add(std::int64_t deadline, TaskId task, Place& place) {
    heap_.Append(Entry{deadline, task, &place});
    Rise(heap_.size() - 1);
  }
  void Remove(Place place) {
    *heap_[place].place = kNowhere;
    const Entry last = heap_.back();
    heap_.RemoveAt(heap_.size() - 1);
    if (place == heap_.size()) return;
    heap_[place] = last;
    Rise(place);
    Sink(*last.place);
  }

  // Of the tasks that `counts`; `none` if there are none. O(those that do not count and are early).
  template <typename Counts>
  std::int64_t Earliest(std::int64_t none, Counts counts) const {
    std::int64_t earliest = none;
    Walk(0, [&](const Entry& entry) {
      if (entry.deadline >= earliest) return false;
      if (!counts(entry.task)) return true;
      earliest = entry.deadline;
      return false;
    });
    return earliest;
  }

  // Calls `visit` with each task whose deadline is `deadline` or an earlier one. O(those tasks).
  template <typename Visit>
  void ForEachUntil(std::int64_t deadline, Visit visit) const {
    Walk(0, [&](const Entry& entry) {
      if (entry.deadline > deadline) return false;
      visit(entry.task);
      return true;
    });
  }

  // Whether no deadline comes before that of its parent, and all places are right.
  bool IsOrdered() const {
    for (std::size_t i = 0; i < heap_.size(); ++i) {
      if (*heap_[i].place != i) return false;
      if (i > 0 && heap_[(i - 1) / 2].deadline > heap_[i].deadline) return false;
    }
    return true;
  }

 private:
  struct Entry {
    std::int64_t deadline;
    TaskId task;
    Place* place;
  };

  // Visits the entry at `index`, and those below it if `goes_on` says so; as deep as the heap is.
  template <typename GoesOn>
  void Walk(std::size_t index, const GoesOn& goes_on) const {
    if (index >= heap_.size() || !goes_on(heap_[index])) return;
    Walk(2 * index + 1, goes_on);
    Walk(2 * index + 2, goes_on);
  }

  void Put(std::size_t index, const Entry& entry) {
    heap_[index] = entry;
    *entry.place = index;
  }
  void Rise(std::size_t index) {
    const Entry entry = heap_[index];
    for (; index > 0 && entry.deadline < heap_[(index - 1) / 2].deadline; index = (index - 1) / 2) {
      Put(index, heap_[(index - 1) / 2]);
    }
    Put(index, entry);
  }
  void Sink(std::size_t index) {
    const Entry entry = heap_[index];
    for (;;) {
      std::size_t child = 2 * index + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1].deadline < heap_[child].deadline) ++child;
      if (heap_[child].deadline >= entry.deadline) break;
      Put(index, heap_[child]);
      index = child;
    }
    Put(index, entry);
  }

  AppendBuffer<Entry> heap_;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_DEADLINES_H_
