// The results as JSON, for machines.
#ifndef SELVAGE_CASES_JSON_H_
#define SELVAGE_CASES_JSON_H_

#include <string>
#include <vector>

#include "selvage/cases/runner.h"

namespace selvage::cases {

// {"version": 1, "cases": [{"name", "variant", "documents", "expected", "seen", "schedules",
// "failing", "first_failure", "tsan_races", "verdict", "replay"}]}: keys in this order, an object
// for each result in theirs, ended by a line feed. Equal results give equal bytes.
//
// "expected" is what the case says, whatever this build can see. "first_failure" is null if nothing
// failed, "tsan_races" if the build has no TSan, "replay" if there is nothing to replay. "verdict"
// is "appears", "clean" or "unexpected".
std::string ToJson(const std::vector<VariantResult>& results);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_JSON_H_
