// Who waits for which object.
#ifndef SELVAGE_HARNESS_RUNTIME_WAITERS_H_
#define SELVAGE_HARNESS_RUNTIME_WAITERS_H_

#include <cstddef>

#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

class Task;

// A place in the list of an object; one task has as many as there are objects it waits for.
struct WaitPlace {
  Task* task = nullptr;
  ObjectId object = kNoObject;  // none: it is in no list
  WaitPlace* previous = nullptr;
  WaitPlace* next = nullptr;
};

// A list for each object of a schedule, of the places in it. Those of objects without a number (a
// plain variable) share one. O(1) but for ForEach(). Not thread-safe.
class Waiters {
 public:
  // Forgets all places, which are left as they are.
  void Clear() { first_.Clear(); }

  // REQUIRES: `place` is in no list; `object` is one.
  void Add(WaitPlace& place, ObjectId object) {
    const std::size_t list = ListOf(object);
    while (first_.size() <= list) first_.Append(nullptr);
    place.object = object;
    place.previous = nullptr;
    place.next = first_[list];
    if (place.next != nullptr) place.next->previous = &place;
    first_[list] = &place;
  }

  // Of one that is in no list: nothing.
  void Remove(WaitPlace& place) {
    if (place.object == kNoObject) return;
    (place.previous != nullptr ? place.previous->next : first_[ListOf(place.object)]) = place.next;
    if (place.next != nullptr) place.next->previous = place.previous;
    place.object = kNoObject;
  }

  // Calls `visit` with each task that waits for `object`; it must not change who waits. O(those
  // tasks).
  template <typename Visit>
  void ForEach(ObjectId object, Visit visit) const {
    const std::size_t list = ListOf(object);
    if (list >= first_.size()) return;
    for (WaitPlace* place = first_[list]; place != nullptr; place = place->next) {
      if (place->object == object) visit(*place->task);
    }
  }

 private:
  // Objects are numbered from 1; addresses are far above.
  static std::size_t ListOf(ObjectId object) {
    constexpr std::uint64_t kMostObjects = std::uint64_t{1} << 24;
    const auto number = static_cast<std::uint64_t>(object);
    return number < kMostObjects ? number : 0;
  }

  AppendBuffer<WaitPlace*> first_;  // by number
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_WAITERS_H_
