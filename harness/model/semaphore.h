// A counting semaphore.
#ifndef SELVAGE_HARNESS_MODEL_SEMAPHORE_H_
#define SELVAGE_HARNESS_MODEL_SEMAPHORE_H_

#include <cstdint>

#include "selvage/harness/model/object.h"

namespace selvage::model {

class Semaphore final : public Object {
 public:
  Semaphore(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen,
            std::uint32_t permits, std::uint32_t most)
      : Object(scheduler, type, unseen), first_permits_(permits), permits_(permits), most_(most) {
    ForgetOrder();
  }

  // kOk, kTimedOut.
  Result Acquire(runtime::Task& task, Timeout timeout, std::uintptr_t site);
  // kOk, kBusy.
  Result TryAcquire(runtime::Task& task, std::uintptr_t site);
  // kOk; kTooMany if it has `most` permits already.
  Result Release(runtime::Task& task, std::uintptr_t site);
  // How many permits there are. A scheduling point.
  std::uint32_t Query(runtime::Task& task, std::uintptr_t site);

  // What it had when the schedule met it.
  std::uint32_t first_permits() const { return first_permits_; }
  bool IsFull() const { return permits_ == most_; }

 private:
  void Take(runtime::Task& task);

  const std::uint32_t first_permits_;
  std::uint32_t permits_;
  const std::uint32_t most_;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_SEMAPHORE_H_
