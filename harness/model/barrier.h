// A barrier that so many tasks pass together, again and again.
#ifndef SELVAGE_HARNESS_MODEL_BARRIER_H_
#define SELVAGE_HARNESS_MODEL_BARRIER_H_

#include <cstdint>

#include "selvage/harness/model/object.h"

namespace selvage::model {

class Barrier final : public Object {
 public:
  // REQUIRES: parties > 0.
  Barrier(runtime::Scheduler& scheduler, const char* type, runtime::Unseen unseen,
          std::uint32_t parties)
      : Object(scheduler, type, unseen), parties_(parties) {
    ForgetOrder();
  }

  enum class Role { kLast, kOther };

  // Waits until all parties have arrived; the one that came last is told so.
  Role Arrive(runtime::Task& task, std::uintptr_t site);

  // It is destroyed: a misuse if somebody waits.
  void Destroy(runtime::Task& task, std::uintptr_t site);

 private:
  const std::uint32_t parties_;
  std::uint32_t arrived_ = 0;  // in this round
  std::uint64_t round_ = 0;
};

}  // namespace selvage::model

#endif  // SELVAGE_HARNESS_MODEL_BARRIER_H_
