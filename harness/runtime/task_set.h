// A set of tasks of one schedule, ordered by id.
#ifndef SELVAGE_HARNESS_RUNTIME_TASK_SET_H_
#define SELVAGE_HARNESS_RUNTIME_TASK_SET_H_

#include <cstdint>
#include <memory>

#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

// Bit set with a count. Insert, erase and contains are O(1), Nth is O(capacity / 64). Only Reserve
// allocates, so that the rest may run on any task's thread. Not thread-safe.
class TaskSet {
 public:
  // Makes room for ids below `capacity`; keeps what is in the set.
  void Reserve(std::uint32_t capacity) {
    const std::uint32_t words = (capacity + 63) / 64;
    if (words <= word_count_) return;
    auto grown = std::make_unique<std::uint64_t[]>(words);
    for (std::uint32_t i = 0; i < word_count_; ++i) grown[i] = words_[i];
    words_ = std::move(grown);
    word_count_ = words;
  }

  void Clear() {
    for (std::uint32_t i = 0; i < word_count_; ++i) words_[i] = 0;
    count_ = 0;
  }

  // REQUIRES (this and Erase): the id is below the reserved capacity.
  void Insert(TaskId id) {
    std::uint64_t& word = words_[Index(id)];
    count_ += (word & Bit(id)) == 0;
    word |= Bit(id);
  }
  void Erase(TaskId id) {
    std::uint64_t& word = words_[Index(id)];
    count_ -= (word & Bit(id)) != 0;
    word &= ~Bit(id);
  }
  bool Contains(TaskId id) const {
    return Index(id) < word_count_ && (words_[Index(id)] & Bit(id)) != 0;
  }

  std::uint32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  // The task of rank `n` in order of id. REQUIRES: n < size().
  TaskId Nth(std::uint32_t n) const {
    std::uint32_t index = 0;
    for (;; ++index) {
      const auto here = static_cast<std::uint32_t>(__builtin_popcountll(words_[index]));
      if (n < here) break;
      n -= here;
    }
    std::uint64_t word = words_[index];
    while (n-- > 0) word &= word - 1;
    return TaskId{index * 64 + static_cast<std::uint32_t>(__builtin_ctzll(word))};
  }
  TaskId First() const { return Nth(0); }

  // Calls `visit(TaskId)` for each member in order of id; `visit` may erase the member it is given.
  template <typename Visitor>
  void ForEach(Visitor visit) const {
    for (std::uint32_t index = 0; index < word_count_; ++index) {
      for (std::uint64_t word = words_[index]; word != 0; word &= word - 1) {
        visit(TaskId{index * 64 + static_cast<std::uint32_t>(__builtin_ctzll(word))});
      }
    }
  }

 private:
  static std::uint32_t Index(TaskId id) { return static_cast<std::uint32_t>(id) / 64; }
  static std::uint64_t Bit(TaskId id) {
    return std::uint64_t{1} << (static_cast<std::uint32_t>(id) % 64);
  }

  std::unique_ptr<std::uint64_t[]> words_;
  std::uint32_t word_count_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_TASK_SET_H_
