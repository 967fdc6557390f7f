// Where the recorder keeps what it has seen: an arena and a hash table.
//
// The standard containers would do, but for one thing: their code is instantiated in the program
// under test too, and the linker may keep the instrumented copy. What runs on a recorded thread
// therefore uses types of this room only.
#ifndef SELVAGE_HARNESS_LOCKGRAPH_STORAGE_H_
#define SELVAGE_HARNESS_LOCKGRAPH_STORAGE_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace selvage::lockgraph {

// Spreads the bits of `x`: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
constexpr std::uint64_t Spread(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// Memory that is freed all at once. Not thread-safe.
class Arena {
 public:
  Arena() = default;
  ~Arena() {
    for (Block* block = blocks_; block != nullptr;) {
      Block* next = block->next;
      std::free(block);
      block = next;
    }
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Never null: ends the process when memory does.
  void* Allocate(std::size_t bytes) {
    bytes = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
    if (bytes > left_) Grow(bytes);
    char* result = next_;
    next_ += bytes;
    left_ -= bytes;
    return result;
  }

  // An object followed by room for `extra` bytes. Never destroyed.
  template <typename T>
  T* New(std::size_t extra = 0) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T) + extra)) T();
  }

  std::size_t bytes() const { return bytes_; }
  // Of which so many are taken.
  std::size_t used() const { return bytes_ - left_; }

 private:
  struct Block {
    Block* next;
  };
  static constexpr std::size_t kBlockBytes = 64 << 10;
  static constexpr std::size_t kHeader = alignof(std::max_align_t);

  void Grow(std::size_t bytes) {
    const std::size_t size = kHeader + (bytes > kBlockBytes ? bytes : kBlockBytes);
    auto* block = static_cast<Block*>(std::malloc(size));
    if (block == nullptr) std::abort();
    block->next = blocks_;
    blocks_ = block;
    next_ = reinterpret_cast<char*>(block) + kHeader;
    left_ = size - kHeader;
    bytes_ += size;
  }

  Block* blocks_ = nullptr;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

// A growing array of trivial elements. Not thread-safe. Never shrinks.
template <typename T>
class Array {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Array() = default;
  ~Array() { std::free(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  void Append(const T& value) {
    if (size_ == capacity_) Reserve(capacity_ == 0 ? 4 : 2 * capacity_);
    data_[size_++] = value;
  }
  // New elements are zero.
  void Resize(std::uint32_t size) {
    if (size > capacity_) Reserve(size > 2 * capacity_ ? size : 2 * capacity_);
    for (; size_ < size; ++size_) data_[size_] = T();
    size_ = size;
  }
  void Clear() { size_ = 0; }

  std::uint32_t size() const { return size_; }
  T& operator[](std::uint32_t index) { return data_[index]; }
  const T& operator[](std::uint32_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  void Reserve(std::uint32_t capacity) {
    auto* grown = static_cast<T*>(std::malloc(capacity * sizeof(T)));
    if (grown == nullptr) std::abort();
    for (std::uint32_t i = 0; i < size_; ++i) grown[i] = data_[i];
    std::free(data_);
    data_ = grown;
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

// Records found by hash: open addressing, linear probing, at most three quarters full. `Record` has
// a member `hash`, well spread. Not thread-safe.
template <typename Record>
class RecordTable {
 public:
  RecordTable() = default;
  ~RecordTable() { std::free(slots_); }
  RecordTable(const RecordTable&) = delete;
  RecordTable& operator=(const RecordTable&) = delete;

  // The record of that hash for which `equal(record)`; null if there is none.
  template <typename Equal>
  Record* Find(std::uint64_t hash, const Equal& equal) const {
    if (slots_ == nullptr) return nullptr;
    for (std::size_t i = hash & mask_;; i = (i + 1) & mask_) {
      Record* record = slots_[i];
      if (record == nullptr) return nullptr;
      if (record->hash == hash && equal(*record)) return record;
    }
  }

  // REQUIRES: no equal record is in the table.
  void Insert(Record* record) {
    if (slots_ == nullptr || size_ * 4 >= (mask_ + 1) * 3) Rebuild((mask_ + 1) * 2);
    Place(record);
    ++size_;
  }

  // Keeps those records for which `keep(record)`. O(size).
  template <typename Keep>
  void Retain(const Keep& keep) {
    if (slots_ == nullptr) return;
    Record** old = slots_;
    const std::size_t count = mask_ + 1;
    Allocate(count);
    size_ = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (old[i] == nullptr || !keep(*old[i])) continue;
      Place(old[i]);
      ++size_;
    }
    std::free(old);
  }

  template <typename Visit>
  void ForEach(const Visit& visit) const {
    if (slots_ == nullptr) return;
    for (std::size_t i = 0; i <= mask_; ++i) {
      if (slots_[i] != nullptr) visit(*slots_[i]);
    }
  }

  std::size_t size() const { return size_; }

 private:
  void Allocate(std::size_t count) {
    slots_ = static_cast<Record**>(std::calloc(count, sizeof(Record*)));
    if (slots_ == nullptr) std::abort();
    mask_ = count - 1;
  }
  void Rebuild(std::size_t count) {
    Record** old = slots_;
    const std::size_t old_count = old == nullptr ? 0 : mask_ + 1;
    Allocate(count < 8 ? 8 : count);
    for (std::size_t i = 0; i < old_count; ++i) {
      if (old[i] != nullptr) Place(old[i]);
    }
    std::free(old);
  }
  void Place(Record* record) {
    std::size_t i = record->hash & mask_;
    while (slots_[i] != nullptr) i = (i + 1) & mask_;
    slots_[i] = record;
  }

  Record** slots_ = nullptr;
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace selvage::lockgraph

#endif  // SELVAGE_HARNESS_LOCKGRAPH_STORAGE_H_
