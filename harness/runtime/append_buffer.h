// A growing array that tasks may append to.
#ifndef SELVAGE_HARNESS_RUNTIME_APPEND_BUFFER_H_
#define SELVAGE_HARNESS_RUNTIME_APPEND_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {

// What std::vector is, but for two things that code on a task's thread needs: it allocates under an
// IgnoreScope, and Append is always inlined, so that no instrumented copy of it, instantiated by
// the program under test, can take its place at link time. Not thread-safe.
template <typename T>
class AppendBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  __attribute__((always_inline)) void Append(const T& value) {
    if (size_ == capacity_) Grow();
    data_[size_++] = value;
  }
  void Clear() { size_ = 0; }
  // Keeps the order of the others. O(size).
  void RemoveAt(std::size_t index) {
    for (--size_; index < size_; ++index) data_[index] = data_[index + 1];
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  const T* begin() const { return data_.get(); }
  const T* end() const { return data_.get() + size_; }
  operator std::span<const T>() const { return {data_.get(), size_}; }

 private:
  __attribute__((noinline)) void Grow() {
    const tsan::IgnoreScope unseen;
    const std::size_t capacity = capacity_ == 0 ? 64 : 2 * capacity_;
    auto grown = std::make_unique<T[]>(capacity);
    for (std::size_t i = 0; i < size_; ++i) grown[i] = data_[i];
    data_ = std::move(grown);
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_APPEND_BUFFER_H_
