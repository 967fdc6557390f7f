// The results as a table for a person: a row for each variant.
#ifndef SELVAGE_CASES_TABLE_H_
#define SELVAGE_CASES_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "selvage/cases/runner.h"

namespace selvage::cases {

// "10 000".
std::string Thousands(std::uint64_t number);

// "exhaustive: 252 schedules", "all 1 234 schedules with at most 2 preemptions".
std::string WalkText(const Walk& walk);

// Columns are as wide as the variants to come need, so that rows can be printed one by one.
class Table {
 public:
  explicit Table(const std::vector<std::pair<const Case*, const Variant*>>& variants);

  // Both without a line end.
  std::string Header() const;
  std::string Row(const VariantResult& result) const;

 private:
  struct Cells {
    std::string name, variant, document, schedules, failing, first, tsan, kinds, verdict;
  };
  std::string Line(const Cells& cells) const;

  std::size_t name_width_;
  std::size_t variant_width_;
  std::size_t tsan_width_;
  std::size_t kinds_width_;
};

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_TABLE_H_
