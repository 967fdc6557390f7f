// A condition variable: waiting lets go of a mutex, and has it back afterwards.
#ifndef SELVAGE_HARNESS_MODEL_CONDITION_H_
#define SELVAGE_HARNESS_MODEL_CONDITION_H_

#include <cstdint>

#include "selvage/harness/model/mutex.h"
#include "selvage/harness/model/object.h"
#include "selvage/harness/model/waiters.h"

namespace selvage::model {

class Condition final : public Object {
 public:
  Condition(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen)
      : Object(scheduler, type, unseen) {}

  // kOk, kTimedOut; with the mutex in both cases. May return without a notification, as the
  // schedule's budget of those allows. A caller without the mutex is a misuse, which ends the
  // schedule.
  Result Wait(runtime::Task& task, Mutex& mutex, Timeout timeout, std::uintptr_t site);

  // Returns how many it woke.
  std::uint32_t NotifyOne(runtime::Task& task, std::uintptr_t site);
  std::uint32_t NotifyAll(runtime::Task& task, std::uintptr_t site);

  // It is destroyed: a misuse if somebody waits.
  void Destroy(runtime::Task& task, std::uintptr_t site);

 private:
  Waiters waiters_;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_CONDITION_H_
