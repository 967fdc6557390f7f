#include "selvage/harness/isolation/log.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace selvage::isolation {

void RecordReader::Take(void* to, std::size_t size) {
  if (size > bytes_.size()) std::abort();  // the two sides have to agree
  std::memcpy(to, bytes_.data(), size);
  bytes_.remove_prefix(size);
}

std::string RecordReader::GetText() {
  std::string text(Get<std::size_t>(), '\0');
  Take(text.data(), text.size());
  return text;
}

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

}  // namespace selvage::isolation
