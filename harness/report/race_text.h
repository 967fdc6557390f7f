// A data race in words.
#ifndef SELVAGE_HARNESS_REPORT_RACE_TEXT_H_
#define SELVAGE_HARNESS_REPORT_RACE_TEXT_H_

#include <string>

#include "selvage/harness/report/narrator.h"
#include "selvage/harness/tsan/race.h"

namespace selvage::report {

// "counter: store in Increment (counter.cc:31) and load in Increment (counter.cc:31), with nothing
// to order them".
std::string RaceSummary(const Narrator& narrator, Symbolizer& symbolizer, const tsan::Race& race);

// Both accesses with their stacks, and where the memory was allocated; several lines.
std::string RaceText(const Narrator& narrator, Symbolizer& symbolizer, const tsan::Race& race);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_RACE_TEXT_H_
