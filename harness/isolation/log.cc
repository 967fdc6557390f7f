#include "selvage/harness/isolation/log.h"

#include <atomic>
#include <cstring>

namespace selvage::isolation {

bool Log::Append(std::string_view record) {
  const std::size_t length = record.size();
  if (sizeof(length) + length > kCapacity - size_) return false;
  std::memcpy(bytes_ + size_, &length, sizeof(length));
  std::memcpy(bytes_ + size_ + sizeof(length), record.data(), length);
  std::atomic_signal_fence(std::memory_order_release);
  size_ += sizeof(length) + length;
  return true;
}

std::vector<std::string_view> Log::Records() const {
  std::vector<std::string_view> records;
  for (std::size_t at = 0; at < size_;) {
    std::size_t length = 0;
    std::memcpy(&length, bytes_ + at, sizeof(length));
    records.emplace_back(bytes_ + at + sizeof(length), length);
    at += sizeof(length) + length;
  }
  return records;
}

void Latest::Set(std::string_view record) {
  if (record.size() > kCapacity) return;
  const int other = 1 - which_;
  std::memcpy(bytes_[other], record.data(), record.size());
  size_[other] = record.size();
  std::atomic_signal_fence(std::memory_order_release);
  which_ = other;
}

}  // namespace selvage::isolation
