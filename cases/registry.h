// All cases, in the order of the table in which they are reported.
#ifndef SELVAGE_CASES_REGISTRY_H_
#define SELVAGE_CASES_REGISTRY_H_

#include <string_view>
#include <vector>

#include "selvage/cases/case.h"

namespace selvage::cases {

// Each is defined in the file it is named after.
const Case& CompletionOrderCase();
const Case& ConditionIfCase();
const Case& ConditionLostNotifyCase();
const Case& ConditionNotifyOneCase();
const Case& ConnectionPoolCase();
const Case& CounterCase();
const Case& CounterGilCase();
const Case& CounterPropertyCase();
const Case& DaemonExitCase();
const Case& EventFlagCase();
const Case& EventMissedCase();
const Case& FalseDatabaseCase();
const Case& FileAfterCloseCase();
const Case& FileAppendCase();
const Case& JoinTimeoutCase();
const Case& LeakedLockCase();
const Case& LockOrderCase();
const Case& LockOrderRingCase();
const Case& MissingJoinCase();
const Case& PipelineCase();
const Case& PipelineFirstAcquireCase();
const Case& PoolExceptionCase();
const Case& PoolNestedWaitCase();
const Case& PoolOrderCase();
const Case& QueueListCase();
const Case& QueueSentinelCase();
const Case& ReentryCase();
const Case& SemaphoreLimitCase();
const Case& SemaphoreOverReleaseCase();
const Case& StarvationCase();
const Case& ThreadExceptionCase();
const Case& ThreadLocalNameCase();
const Case& TimerCancelCase();
const Case& UseAfterFreeCase();
const Case& WorkerPoolStopCase();
const Case& WorkerPoolTaskDoneCase();

// Lives for ever, as the cases do.
const std::vector<const Case*>& AllCases();

// Null if there is none of that name.
const Case* FindCase(std::string_view name);
// Null if the case has none of that name.
const Variant* FindVariant(const Case& owner, std::string_view name);

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_REGISTRY_H_
