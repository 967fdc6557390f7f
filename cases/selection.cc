#include "selvage/cases/selection.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "selvage/cases/registry.h"
#include "selvage/harness/nearest.h"

namespace selvage::cases {
namespace {

bool Matches(const Variant& variant, std::string_view wanted) {
  if (wanted.empty()) return true;
  if (wanted == "buggy") return variant.role == Role::kBuggy;
  if (wanted == "fixed") return variant.role == Role::kFixed;
  return variant.name == wanted;
}

absl::Status NoSuch(const std::string& what, const std::string& name,
                    const std::vector<std::string>& names) {
  return absl::InvalidArgumentError(
      absl::StrCat("no ", what, " is called \"", name, "\"", DidYouMean(name, names)));
}

std::vector<std::string> VariantNames(const std::vector<const Case*>& cases) {
  std::vector<std::string> names;
  for (const Case* owner : cases) {
    for (const Variant& variant : owner->variants) names.emplace_back(variant.name);
  }
  return names;
}

absl::Status Add(const Case& owner, const std::string& wanted, Selection& selection) {
  bool any = false;
  for (const Variant& variant : owner.variants) {
    if (!Matches(variant, wanted)) continue;
    any = true;
    selection.emplace_back(&owner, &variant);
  }
  if (any) return absl::OkStatus();
  return NoSuch(absl::StrCat("variant of ", std::string(owner.name)), wanted,
                VariantNames({&owner}));
}

std::size_t Position(const std::pair<const Case*, const Variant*>& selected) {
  std::size_t position = 0;
  for (const Case* owner : AllCases()) {
    for (const Variant& variant : owner->variants) {
      if (&variant == selected.second) return position;
      ++position;
    }
  }
  return position;
}

}  // namespace

absl::StatusOr<Selection> Select(const std::vector<std::string>& names,
                                 const std::string& variant) {
  Selection selection;
  if (names.empty()) {
    for (const Case* owner : AllCases()) {
      for (const Variant& candidate : owner->variants) {
        if (Matches(candidate, variant)) selection.emplace_back(owner, &candidate);
      }
    }
    if (selection.empty()) return NoSuch("variant", variant, VariantNames(AllCases()));
    return selection;
  }
  for (const std::string& name : names) {
    const std::size_t colon = name.find(':');
    const std::string case_name = name.substr(0, colon);
    const Case* owner = FindCase(case_name);
    if (owner == nullptr) {
      std::vector<std::string> known;
      for (const Case* candidate : AllCases()) known.emplace_back(candidate->name);
      return NoSuch("case", case_name, known);
    }
    const std::string wanted = colon == std::string::npos ? variant : name.substr(colon + 1);
    if (colon != std::string::npos && wanted.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", name, "\" names no variant after the colon"));
    }
    if (absl::Status status = Add(*owner, wanted, selection); !status.ok()) return status;
  }
  std::sort(selection.begin(), selection.end(),
            [](const auto& a, const auto& b) { return Position(a) < Position(b); });
  selection.erase(std::unique(selection.begin(), selection.end()), selection.end());
  return selection;
}

}  // namespace selvage::cases
