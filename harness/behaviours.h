// How many different things a body has done, and how many more there may be.
#ifndef SELVAGE_HARNESS_BEHAVIOURS_H_
#define SELVAGE_HARNESS_BEHAVIOURS_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "selvage/harness/runtime/trace.h"

namespace selvage {

// Two schedules have the same behaviour when every object saw the same operations of the same tasks
// in the same order (Mazurkiewicz traces, with every pair of operations on one object taken as
// dependent). Keeps a count for each, while there are few; of many, for those of a random part of
// them, and answers by that part: memory is bounded. Not thread-safe.
class Behaviours {
 public:
  static constexpr std::size_t kMostCounted = 1 << 16;

  // What stands for the behaviour of a schedule. Linear in the length of the trace.
  std::uint64_t Identify(const runtime::Trace& trace);
  // Counts a schedule that behaved so.
  void Add(std::uint64_t behaviour);

  std::uint64_t schedules() const { return schedules_; }
  // Different ones seen; an estimate, within a few percent, if counts_a_part().
  std::uint64_t distinct() const { return static_cast<std::uint64_t>(counts_.size()) << halvings_; }
  bool counts_a_part() const { return halvings_ > 0; }
  // The probability that the next schedule shows a behaviour not seen so far: those seen once, over
  // all schedules (Good, "The Population Frequencies of Species", Biometrika 1953). For schedules
  // drawn alike; an estimate.
  double UnseenMass() const;

 private:
  // Whether it is in the part that is counted: one in 2^halvings_, whatever schedules show it.
  bool IsCounted(std::uint64_t behaviour) const;
  // Makes that part half as large.
  void Halve();

  absl::flat_hash_map<std::uint64_t, std::uint32_t> counts_;
  // Of one trace: what each object has seen, and each variable.
  std::vector<std::uint64_t> object_order_;
  absl::flat_hash_map<std::uint64_t, std::uint64_t> variable_order_;
  std::uint64_t schedules_ = 0;
  std::uint64_t singletons_ = 0;  // of those counted
  std::uint32_t halvings_ = 0;
};

}  // namespace selvage

#endif  // SELVAGE_HARNESS_BEHAVIOURS_H_
