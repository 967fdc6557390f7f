// The name that a mistyped one was meant to be.
#ifndef SELVAGE_CASES_NEAREST_H_
#define SELVAGE_CASES_NEAREST_H_

#include <string_view>
#include <vector>

namespace selvage::cases {

// The one of `names` with the smallest Levenshtein distance to `name`, the first of equals; empty
// if there are no names. O(total length of names * length of name).
std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_NEAREST_H_
