// Values as bytes, for another process that is a fork of the same one.
#ifndef SELVAGE_HARNESS_RECORD_H_
#define SELVAGE_HARNESS_RECORD_H_

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace selvage {

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

}  // namespace selvage

#endif  // SELVAGE_HARNESS_RECORD_H_
