// A list of records in memory shared by two processes: what one wrote, the other reads after its
// death.
#ifndef SELVAGE_HARNESS_ISOLATION_LOG_H_
#define SELVAGE_HARNESS_ISOLATION_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace selvage::isolation {

// Values one after the other, as bytes of this process's own layout.
class RecordWriter {
 public:
  template <typename T>
  void Put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void PutText(std::string_view text) {
    Put(text.size());
    bytes_.append(text);
  }
  template <typename T>
  void PutList(const std::vector<T>& list) {
    Put(list.size());
    for (const T& value : list) Put(value);
  }

  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what a RecordWriter has put, in the same order.
class RecordReader {
 public:
  explicit RecordReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Get() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    Take(&value, sizeof(value));
    return value;
  }
  std::string GetText();
  template <typename T>
  std::vector<T> GetList() {
    std::vector<T> list;
    for (auto left = Get<std::size_t>(); left > 0; --left) list.push_back(Get<T>());
    return list;
  }

 private:
  void Take(void* to, std::size_t size);

  std::string_view bytes_;
};

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

}  // namespace selvage::isolation

#endif  // SELVAGE_HARNESS_ISOLATION_LOG_H_
