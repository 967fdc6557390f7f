// The shrinker: the fewest decisions that still make a schedule fail in the same way.
//
// Delta debugging (Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", TSE
// 2002) over the list of decisions: first whole tasks, then halves, quarters, ... single decisions
// are dropped; then each decision is moved later if that makes the list shorter or frees it of a
// task. Unlike in the paper the parts of one size are tried at every offset, as a switch away and
// the switch back are worth dropping only together; and each drop is tried a second time with the
// decisions after it moved forward by the choices that lay between the dropped ones, because those
// choices now come later or never.
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
