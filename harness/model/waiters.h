// Those that wait for a notification, in the order in which they began to.
#ifndef SELVAGE_HARNESS_MODEL_WAITERS_H_
#define SELVAGE_HARNESS_MODEL_WAITERS_H_

#include <cstddef>
#include <cstdint>

#include "selvage/harness/runtime/scheduler.h"

namespace selvage::model {

// On the stack of whoever waits; in the list until it is notified or gives up.
struct Waiter {
  runtime::Task* task;
  bool notified = false;
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
};

class Waiters {
 public:
  void Append(Waiter& waiter) {
    waiter.previous = last_;
    (last_ != nullptr ? last_->next : first_) = &waiter;
    last_ = &waiter;
    ++size_;
  }

  // REQUIRES: it is in the list.
  void Remove(Waiter& waiter) {
    (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
    (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
    --size_;
  }

  std::uint32_t size() const { return size_; }

  // Wakes one, whom the strategy chooses. REQUIRES: there is one. O(waiters).
  void NotifyOne(runtime::Scheduler& scheduler) {
    std::uint32_t rank =
        size_ > 1 ? scheduler.ChooseValue(schedule::ValueKind::kNotifiedWaiter, size_) : 0;
    Waiter* chosen = first_;
    while (rank-- > 0) chosen = chosen->next;
    Notify(*chosen, scheduler);
  }

  void NotifyAll(runtime::Scheduler& scheduler) {
    while (first_ != nullptr) Notify(*first_, scheduler);
  }

 private:
  void Notify(Waiter& waiter, runtime::Scheduler& scheduler) {
    Remove(waiter);
    waiter.notified = true;
    scheduler.Refresh(*waiter.task);
  }

  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_WAITERS_H_
