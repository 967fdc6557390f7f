#include "selvage/harness/nearest.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace selvage {
namespace {

constexpr std::size_t kMostCharacters = 64;

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string Nearest(const std::string& text, std::span<const std::string> names) {
  const std::string_view bounded = std::string_view(text).substr(0, kMostCharacters);
  const auto nearest = std::min_element(
      names.begin(), names.end(), [bounded](const std::string& a, const std::string& b) {
        return EditDistance(bounded, a) < EditDistance(bounded, b);
      });
  if (nearest == names.end()) return "";
  const std::size_t length = std::max(bounded.size(), nearest->size());
  return 2 * EditDistance(bounded, *nearest) > length ? "" : *nearest;
}

std::string DidYouMean(const std::string& text, std::span<const std::string> names,
                       const std::string& before, const std::string& after) {
  const std::string nearest = Nearest(text, names);
  return nearest.empty() ? "" : "; did you mean " + before + nearest + after + "?";
}

}  // namespace selvage
