// A lock that one task holds at a time.
#ifndef SELVAGE_HARNESS_MODEL_MUTEX_H_
#define SELVAGE_HARNESS_MODEL_MUTEX_H_

#include <cstdint>

#include "selvage/harness/model/object.h"

namespace selvage::model {

// What becomes of a holder that asks for it again.
enum class Relocking {
  kDeadlocks,  // it waits for itself
  kCounts,     // it has it once more
  kFails,      // it is told so
};

class Mutex final : public Object {
 public:
  Mutex(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen,
        Relocking relocking)
      : Object(scheduler, type, unseen), relocking_(relocking) {
    ForgetOrder();
  }

  // kOk, kTimedOut, kRelock, kTooMany. A holder that waits for itself for ever is a deadlock, which
  // ends the schedule.
  Result Lock(runtime::Task& task, Timeout timeout, std::uintptr_t site);

  // kOk, kBusy, kTooMany.
  Result TryLock(runtime::Task& task, std::uintptr_t site);

  // kOk, kNotOwner. Where relocking deadlocks the second is a misuse, which ends the schedule: such
  // a mutex does not check.
  Result Unlock(runtime::Task& task, std::uintptr_t site);

  // It is destroyed: a misuse if somebody holds it.
  void Destroy(runtime::Task& task, std::uintptr_t site);

  // --- For conditions: no scheduling points. ---

  bool IsFree() const { return owner_ == nullptr; }
  bool IsHeldBy(const runtime::Task& task) const { return owner_ == &task; }
  // Lets go of it, however often it is held. REQUIRES: it is held by `task`. Returns the count for
  // TakeBack().
  std::uint32_t GiveUp(runtime::Task& task);
  // REQUIRES: it is free.
  void TakeBack(runtime::Task& task, std::uint32_t count);

 private:
  Result Deepen();

  const Relocking relocking_;
  const runtime::Task* owner_ = nullptr;
  std::uint32_t count_ = 0;  // how often the owner holds it
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_MUTEX_H_
