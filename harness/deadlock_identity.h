// Telling one deadlock from another.
#ifndef SELVAGE_HARNESS_DEADLOCK_IDENTITY_H_
#define SELVAGE_HARNESS_DEADLOCK_IDENTITY_H_

#include <cstdint>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/report/narrator.h"

namespace selvage {

// By where the waits are that are the cause, and where those tasks come from; each counts once. So
// it is one fault whichever of several tasks with the same code it happens to, and whatever the
// others did meanwhile. Places are lines of the user's code: one call that is compiled twice, in
// two instances of a template, is one place. Not thread-safe.
class DeadlockIdentifier {
 public:
  explicit DeadlockIdentifier(const report::Narrator& narrator) : narrator_(narrator) {}

  // Of the schedule that ran last. The same for the same deadlock in one process and in those that
  // it has forked.
  std::uint64_t Identify();

 private:
  std::uint64_t PlaceOf(std::uintptr_t site);

  const report::Narrator& narrator_;
  absl::flat_hash_map<std::uintptr_t, std::uint64_t> places_;  // that were looked up
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_DEADLOCK_IDENTITY_H_
