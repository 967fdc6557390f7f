// "Did you mean ...?"
#ifndef SELVAGE_HARNESS_NEAREST_H_
#define SELVAGE_HARNESS_NEAREST_H_

#include <span>
#include <string>

namespace selvage {

// The name that takes the fewest insertions, deletions and replacements of characters to become
// `text` (Levenshtein's distance); the first of equally near ones; empty if there is none that
// shares half of its characters with `text`. O(names * length^2); only the first 64 characters of
// `text` count.
std::string Nearest(const std::string& text, std::span<const std::string> names);

// "; did you mean --schedules?" with the nearest name, after `before` and before `after`; empty if
// no name is near.
std::string DidYouMean(const std::string& text, std::span<const std::string> names,
                       const std::string& before = "\"", const std::string& after = "\"");

}  // namespace selvage

#endif  // SELVAGE_HARNESS_NEAREST_H_
