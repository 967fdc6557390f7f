// "Did you mean ...?"
#ifndef SELVAGE_HARNESS_NEAREST_H_
#define SELVAGE_HARNESS_NEAREST_H_

#include <span>
#include <string>

namespace selvage {

// The name that takes the fewest insertions, deletions and replacements of characters to become
// `text` (Levenshtein's distance); the first of equally near ones; empty if there are no names.
// O(names * length^2); only the first 64 characters of `text` count.
std::string Nearest(const std::string& text, std::span<const std::string> names);

}  // namespace selvage

#endif  // SELVAGE_HARNESS_NEAREST_H_
