// Writing to a file in a signal handler.
#ifndef SELVAGE_HARNESS_CRASH_TEXT_H_
#define SELVAGE_HARNESS_CRASH_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace selvage::crash {

// Async-signal-safe: allocates nothing, takes no lock, leaves errno as it was. What is put comes
// out when the buffer is full and when the text ends.
class Text {
 public:
  // `file`: a descriptor.
  explicit Text(int file) : file_(file) {}
  ~Text() { Flush(); }
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  void Put(char c) {
    if (size_ == sizeof(buffer_)) Flush();
    buffer_[size_++] = c;
  }
  Text& operator<<(std::string_view text);
  Text& operator<<(std::uint64_t number);
  Text& Hex(std::uintptr_t number);

  void Flush();

 private:
  const int file_;
  std::size_t size_ = 0;
  char buffer_[512];
};

}  // namespace selvage::crash

#endif  // SELVAGE_HARNESS_CRASH_TEXT_H_
