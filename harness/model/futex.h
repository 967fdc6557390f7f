// A word in memory that is waited for until somebody says that it has changed, as Linux has it:
// what std::atomic::wait, latches, semaphores and futures of the C++ library are made of.
#ifndef SELVAGE_HARNESS_MODEL_FUTEX_H_
#define SELVAGE_HARNESS_MODEL_FUTEX_H_

#include <cstdint>

#include "selvage/harness/model/object.h"
#include "selvage/harness/model/waiters.h"

namespace selvage::model {

class Futex final : public Object {
 public:
  Futex(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen)
      : Object(scheduler, type, unseen) {}

  // Waits if the word is as `expected`. kOk when woken, kBusy if it is another, kTimedOut.
  Result Wait(runtime::Task& task, std::uint32_t expected, Timeout timeout, std::uintptr_t site);

  // Wakes at most so many; how many it were.
  std::uint32_t Wake(runtime::Task& task, std::uint32_t most, std::uintptr_t site);

 private:
  Waiters waiters_;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_FUTEX_H_
