// What a case is about and what was found, for a person who asked for it by name.
#ifndef SELVAGE_CASES_STORY_H_
#define SELVAGE_CASES_STORY_H_

#include <string>

#include "selvage/cases/runner.h"

namespace selvage::cases {

// The three sentences of the case, and the shortest failing schedule known of each kind of finding,
// with the command that replays it. Several lines, each ended.
std::string StoryText(const VariantResult& result);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_STORY_H_
