// The shrinker: the fewest decisions that still make a schedule fail in the same way.
//
// Delta debugging (Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE
// 2002) over the list of decisions: whole tasks, then all, halves, quarters, ... single decisions
// are dropped; then each decision is moved later if that makes the list shorter or frees it of a
// task. Unlike in the paper small parts are tried at every offset, as a switch away and the switch
// back are worth dropping only together. And as decisions are numbered by choice, those after a
// dropped part are also tried earlier: by the choices that lay inside the part, and, where nothing
// else helps, by every number up to the distance to the next decision, because the choices made in
// the meantime now come later or never.
#ifndef SELVAGE_HARNESS_SCHEDULE_SHRINK_H_
#define SELVAGE_HARNESS_SCHEDULE_SHRINK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "selvage/harness/schedule/decision.h"

namespace selvage::schedule {

struct ShrinkLimits {
  std::uint64_t max_runs = 2'000;
};

struct ShrinkResult {
  std::vector<Decision> decisions;
  std::uint64_t runs = 0;
  // False if even the decisions given did not fail again; `decisions` is then what was given.
  bool reproduced = false;
  // True if nothing more could be dropped; false if the runs ran out.
  bool minimal = false;
};

// Executes a candidate leniently (Replay::Mode::kLenient); returns the decisions actually made if
// the schedule still failed in the same way.
using ShrinkRun =
    absl::FunctionRef<std::optional<std::vector<Decision>>(const std::vector<Decision>& candidate)>;

// At most limits.max_runs calls of `run`. A candidate is accepted, and replaced by the decisions
// actually made, only if those are fewer, or as many by fewer tasks; so it always ends.
ShrinkResult Shrink(std::vector<Decision> failing, ShrinkRun run, const ShrinkLimits& limits = {});

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_SHRINK_H_
