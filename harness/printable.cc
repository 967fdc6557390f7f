#include "selvage/harness/printable.h"

#include "absl/strings/str_cat.h"

namespace selvage {
namespace {

// Bytes of the well-formed UTF-8 sequence that `text` begins with; 0 if it begins with none. After
// RFC 3629, section 4.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second > 0x9f;
  const bool beyond = first == 0xf4 && second > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    std::size_t length = SequenceLength(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool control =
        first < 0x20 || first == 0x7f ||
        (length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length != 0 && !control) {
      printable.append(text.substr(0, length));
    } else if (first == '\n') {
      printable += "\\n";
    } else {
      length = length == 0 ? 1 : length;
      for (const char c : text.substr(0, length)) {
        absl::StrAppend(&printable, "\\x",
                        absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
      }
    }
    text.remove_prefix(length);
  }
  return printable;
}

std::string PrintableName(std::string_view name, std::size_t most) {
  if (name.size() <= most) return Printable(name);
  // Not in the middle of a character.
  std::size_t head = most / 2;
  while (head > 0 && IsContinuation(name[head])) --head;
  std::size_t tail = name.size() - most / 2;
  while (tail < name.size() && IsContinuation(name[tail])) ++tail;
  return absl::StrCat(Printable(name.substr(0, head)), "...", Printable(name.substr(tail)));
}

}  // namespace selvage
