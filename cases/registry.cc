#include "selvage/cases/registry.h"

namespace selvage::cases {

const std::vector<const Case*>& AllCases() {
  static const auto* const kCases = new std::vector<const Case*>{
      &CounterCase(),
      &CounterPropertyCase(),
      &CounterGilCase(),
      &FalseDatabaseCase(),
      &ReentryCase(),
      &LockOrderCase(),
      &LockOrderRingCase(),
      &LeakedLockCase(),
      &EventFlagCase(),
      &EventMissedCase(),
      &ConditionIfCase(),
      &ConditionLostNotifyCase(),
      &ConditionNotifyOneCase(),
      &SemaphoreLimitCase(),
      &SemaphoreOverReleaseCase(),
      &ConnectionPoolCase(),
      &QueueListCase(),
      &QueueSentinelCase(),
      &WorkerPoolStopCase(),
      &WorkerPoolTaskDoneCase(),
      &PoolNestedWaitCase(),
      &PoolOrderCase(),
      &PoolExceptionCase(),
      &ThreadExceptionCase(),
      &StarvationCase(),
      &ThreadLocalNameCase(),
      &DaemonExitCase(),
      &MissingJoinCase(),
      &JoinTimeoutCase(),
      &CompletionOrderCase(),
      &PipelineCase(),
      &PipelineFirstAcquireCase(),
      &UseAfterFreeCase(),
      &FileAfterCloseCase(),
      &FileAppendCase(),
      &TimerCancelCase(),
  };
  return *kCases;
}

const Case* FindCase(std::string_view name) {
  for (const Case* candidate : AllCases()) {
    if (candidate->name == name) return candidate;
  }
  return nullptr;
}

const Variant* FindVariant(const Case& owner, std::string_view name) {
  for (const Variant& variant : owner.variants) {
    if (variant.name == name) return &variant;
  }
  return nullptr;
}

}  // namespace selvage::cases
