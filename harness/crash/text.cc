#include "selvage/harness/crash/text.h"

#include <errno.h>
#include <unistd.h>

namespace selvage::crash {
namespace {

// Most digits first; `base` is at most 16.
void PutNumber(Text& text, std::uint64_t number, unsigned base) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = "0123456789abcdef"[number % base];
    number /= base;
  } while (number != 0);
  while (count > 0) text.Put(digits[--count]);
}

}  // namespace

Text& Text::operator<<(std::string_view text) {
  for (const char c : text) Put(c);
  return *this;
}

Text& Text::operator<<(std::uint64_t number) {
  PutNumber(*this, number, 10);
  return *this;
}

Text& Text::Hex(std::uintptr_t number) {
  *this << "0x";
  PutNumber(*this, number, 16);
  return *this;
}

void Text::Flush() {
  const int error_before = errno;
  for (std::size_t written = 0; written < size_;) {
    const ssize_t n = write(file_, buffer_ + written, size_ - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  size_ = 0;
  errno = error_before;
}

}  // namespace selvage::crash
