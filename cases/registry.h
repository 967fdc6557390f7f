// All cases, in the order of the table in which they are reported.
#ifndef SELVAGE_CASES_REGISTRY_H_
#define SELVAGE_CASES_REGISTRY_H_

#include <string_view>
#include <vector>

#include "selvage/cases/case.h"

namespace selvage::cases {

// Each is defined in the file it is named after.
const Case& ConditionIfCase();
const Case& ConditionLostNotifyCase();
const Case& CounterCase();
const Case& CounterGilCase();
const Case& FalseDatabaseCase();
const Case& LeakedLockCase();
const Case& LockOrderCase();
const Case& PipelineCase();
const Case& ReentryCase();
const Case& SemaphoreLimitCase();

// Lives for ever, as the cases do.
const std::vector<const Case*>& AllCases();

// Null if there is none of that name.
const Case* FindCase(std::string_view name);
// Null if the case has none of that name.
const Variant* FindVariant(const Case& owner, std::string_view name);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_REGISTRY_H_
