#include "selvage/cases/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace selvage::cases {
namespace {

std::string TsanCell(bool under_tsan) { return under_tsan ? "yes" : "not in this build"; }

std::string VerdictCell(const VariantResult& result) {
  switch (result.verdict) {
    case Verdict::kAppears:
      return absl::StrCat("bug appears   replay: ", result.replay);
    case Verdict::kClean:
      if (result.variant->role == Role::kBuggy) return "nothing to see without TSan";
      return result.walk ? absl::StrCat("clean (", WalkText(*result.walk), ")") : "clean";
    case Verdict::kUnexpected:
      break;
  }
  std::string cell = "UNEXPECTED";
  if (!result.replay.empty()) absl::StrAppend(&cell, "   replay: ", result.replay);
  return cell;
}

std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

}  // namespace

std::string Thousands(std::uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ' ');
  return digits;
}

std::string WalkText(const Walk& walk) {
  const std::string schedules =
      absl::StrCat(Thousands(walk.schedules), walk.schedules == 1 ? " schedule" : " schedules");
  if (!walk.preemptions) return absl::StrCat("exhaustive: ", schedules);
  return absl::StrCat("all ", schedules, " with at most ", *walk.preemptions,
                      *walk.preemptions == 1 ? " preemption" : " preemptions");
}

Table::Table(const std::vector<std::pair<const Case*, const Variant*>>& variants)
    : name_width_(16),
      variant_width_(7),
      tsan_width_(TsanCell(UnderTsan()).size()),
      kinds_width_(5) {
  for (const auto& [owner, variant] : variants) {
    name_width_ = std::max(name_width_, owner->name.size());
    variant_width_ = std::max(variant_width_, variant->name.size());
    kinds_width_ = std::max(kinds_width_, KindCodes(variant->expected).size());
  }
  tsan_width_ = std::max(tsan_width_, std::size_t{4});
}

std::string Table::Line(const Cells& cells) const {
  return absl::StrFormat("%-*s  %-*s  %-8s  %9s  %7s  %8s  %-*s  %-*s  %s", name_width_, cells.name,
                         variant_width_, cells.variant, cells.document, cells.schedules,
                         cells.failing, cells.first, tsan_width_, cells.tsan, kinds_width_,
                         cells.kinds, cells.verdict);
}

std::string Table::Header() const {
  return Line({"case", "variant", "document", "schedules", "failing", "first at", "TSan", "kinds",
               "verdict"});
}

std::string Table::Row(const VariantResult& result) const {
  return Line({std::string(result.owner->name), std::string(result.variant->name),
               std::string(result.owner->documents.front()), Thousands(result.schedules),
               Thousands(result.failing),
               result.first_failure == 0 ? "-" : Thousands(result.first_failure),
               TsanCell(result.under_tsan), OrDash(KindCodes(result.seen)), VerdictCell(result)});
}

}  // namespace selvage::cases
