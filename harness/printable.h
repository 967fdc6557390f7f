// Text of unknown origin, made fit for a terminal.
#ifndef SELVAGE_HARNESS_PRINTABLE_H_
#define SELVAGE_HARNESS_PRINTABLE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace selvage {

// `text` with everything a terminal may take for an order spelt out: control characters of ASCII
// and of Unicode (C1), line breaks among them, and bytes that are no UTF-8, as "\n" or "\x1b". A
// backslash stays as it is. Linear.
std::string Printable(std::string_view text);

// The same, and no longer than a reader can use: of more than `most` bytes the first and the last
// ones, with "..." between them.
inline constexpr std::size_t kLongestName = 120;
std::string PrintableName(std::string_view name, std::size_t most = kLongestName);

}  // namespace selvage

#endif  // SELVAGE_HARNESS_PRINTABLE_H_
