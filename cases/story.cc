#include "selvage/cases/story.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

namespace selvage::cases {

std::string StoryText(const VariantResult& result) {
  std::string text = absl::StrCat(ExplorationName(*result.owner, *result.variant),
                                  "\n  what:  ", std::string(result.owner->goes_wrong),
                                  "\n  order: ", std::string(result.owner->order_of_events),
                                  "\n  fixed: ", std::string(result.owner->why_fixed), "\n");
  std::vector<FindingKind> told;
  for (const Finding& finding : result.findings) {
    if (std::find(told.begin(), told.end(), finding.kind) != told.end()) continue;
    told.push_back(finding.kind);
    absl::StrAppend(&text, "\n", std::string(FindingKindName(finding.kind)), ": ", finding.summary,
                    "\n", finding.details);
    if (!finding.trace.empty()) absl::StrAppend(&text, "\n", finding.trace);
    if (!finding.replay.empty()) absl::StrAppend(&text, "  replay: ", finding.replay, "\n");
  }
  return text;
}

}  // namespace selvage::cases
