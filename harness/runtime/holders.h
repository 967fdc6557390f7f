// Who holds which object.
#ifndef SELVAGE_HARNESS_RUNTIME_HOLDERS_H_
#define SELVAGE_HARNESS_RUNTIME_HOLDERS_H_

#include <cstddef>
#include <cstdint>

#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

// How many tasks hold each object of a schedule, and which one if it is one alone: the numbers of
// the holders added up without carry leave that of the last. O(1) an operation. Not thread-safe.
class Holders {
 public:
  void Clear() { of_.Clear(); }
  // A task holds the object, which it did not before; or no longer, which it did.
  void Add(ObjectId object, TaskId task) {
    const auto index = static_cast<std::size_t>(object);
    while (of_.size() <= index) of_.Append(Entry{});
    ++of_[index].count;
    of_[index].combined ^= static_cast<std::uint32_t>(task);
  }
  void Remove(ObjectId object, TaskId task) {
    Entry& entry = of_[static_cast<std::size_t>(object)];
    --entry.count;
    entry.combined ^= static_cast<std::uint32_t>(task);
  }

  std::uint32_t CountOf(ObjectId object) const {
    const auto index = static_cast<std::size_t>(object);
    return index < of_.size() ? of_[index].count : 0;
  }
  // REQUIRES: CountOf(object) == 1.
  TaskId OnlyOneOf(ObjectId object) const {
    return TaskId{of_[static_cast<std::size_t>(object)].combined};
  }

 private:
  struct Entry {
    std::uint32_t count = 0;
    std::uint32_t combined = 0;
  };

  AppendBuffer<Entry> of_;  // by ObjectId
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_HOLDERS_H_
