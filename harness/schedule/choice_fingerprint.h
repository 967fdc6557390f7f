// By what a walk knows a choice again when it repeats the schedules before it.
#ifndef SELVAGE_HARNESS_SCHEDULE_CHOICE_FINGERPRINT_H_
#define SELVAGE_HARNESS_SCHEDULE_CHOICE_FINGERPRINT_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "selvage/harness/schedule/random.h"
#include "selvage/harness/schedule/strategy.h"

namespace selvage::schedule {

inline std::uint64_t FoldFingerprint(std::uint64_t hash, std::uint64_t value) {
  return SplitMix64::Mix(hash ^ value) + SplitMix64::kGamma;
}

// Not of the objects: a memory location may have another address without any choice being
// different.
inline std::uint64_t Fingerprint(const TaskChoice& choice) {
  std::uint64_t hash =
      choice.CurrentCanContinue() ? 1 + static_cast<std::uint64_t>(choice.current->id()) : 0;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    const runtime::Task& task = choice.task(id);
    hash = FoldFingerprint(hash, static_cast<std::uint64_t>(id) << 16 |
                                     static_cast<std::uint64_t>(task.pending().kind) << 1 |
                                     static_cast<std::uint64_t>(task.expiring()));
  });
  return hash;
}

inline std::uint64_t Fingerprint(ValueKind kind) {
  return FoldFingerprint(~std::uint64_t{0}, static_cast<std::uint64_t>(kind));
}

inline std::string NondeterminismText(std::uint64_t choice, runtime::Step step) {
  return absl::StrCat("uncontrolled nondeterminism: with the same choices before it, choice ",
                      choice, " (after step ", step,
                      ") was not the same as in the schedule before");
}

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_CHOICE_FINGERPRINT_H_
