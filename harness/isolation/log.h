// A list of records in memory shared by two processes: what one wrote, the other reads after its
// death.
#ifndef SELVAGE_HARNESS_ISOLATION_LOG_H_
#define SELVAGE_HARNESS_ISOLATION_LOG_H_

#include <cstddef>
#include <string_view>
#include <vector>

namespace selvage::isolation {

// A record counts once it is complete, however the writer ends.
class Log {
 public:
  // Bytes of address space; memory is used only as far as it is written.
  static constexpr std::size_t kCapacity = std::size_t{64} << 20;

  // False if there is no room for it; the log is then as before.
  bool Append(std::string_view record);
  // Whether only records of ordinary size still have room.
  bool nearly_full() const { return size_ > kCapacity / 2; }
  std::vector<std::string_view> Records() const;
  void Clear() { size_ = 0; }

 private:
  std::size_t size_;
  char bytes_[kCapacity];
};

// The latest of a series of records: the one before counts until a new one is complete.
class Latest {
 public:
  static constexpr std::size_t kCapacity = std::size_t{8} << 20;

  // Without effect if there is no room for it.
  void Set(std::string_view record);
  // Empty at first.
  std::string_view Get() const { return {bytes_[which_], size_[which_]}; }
  void Clear() { size_[0] = size_[1] = 0; }

 private:
  int which_;
  std::size_t size_[2];
  char bytes_[2][kCapacity];
};

}  // namespace selvage::isolation

#endif  // SELVAGE_HARNESS_ISOLATION_LOG_H_
