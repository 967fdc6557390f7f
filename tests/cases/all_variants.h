// The variants of all cases as parameters of tests.
#ifndef SELVAGE_TESTS_CASES_ALL_VARIANTS_H_
#define SELVAGE_TESTS_CASES_ALL_VARIANTS_H_

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "selvage/cases/registry.h"

namespace selvage::cases {

struct Parameter {
  const Case* owner;
  const Variant* variant;
};

inline void PrintTo(const Parameter& parameter, std::ostream* out) {
  *out << parameter.owner->name << ":" << parameter.variant->name;
}

inline std::vector<Parameter> VariantsOf(Role role) {
  std::vector<Parameter> variants;
  for (const Case* owner : AllCases()) {
    for (const Variant& variant : owner->variants) {
      if (variant.role == role) variants.push_back({owner, &variant});
    }
  }
  return variants;
}

inline std::vector<Parameter> AllVariants() {
  std::vector<Parameter> variants = VariantsOf(Role::kBuggy);
  for (const Parameter& fixed : VariantsOf(Role::kFixed)) variants.push_back(fixed);
  return variants;
}

inline std::string ParameterName(const testing::TestParamInfo<Parameter>& info) {
  return std::string(info.param.owner->name) + "_" + std::string(info.param.variant->name);
}

}  // namespace selvage::cases

#endif  // SELVAGE_TESTS_CASES_ALL_VARIANTS_H_
