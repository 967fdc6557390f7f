#include "selvage/harness/schedule/shrink.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace selvage::schedule {
namespace {

// The tasks that decisions switch to, in increasing order.
std::vector<std::uint32_t> TasksOf(const std::vector<Decision>& decisions) {
  std::vector<std::uint32_t> tasks;
  for (const Decision& decision : decisions) {
    if (decision.kind == DecisionKind::kTask) tasks.push_back(decision.value);
  }
  std::sort(tasks.begin(), tasks.end());
  tasks.erase(std::unique(tasks.begin(), tasks.end()), tasks.end());
  return tasks;
}

class Shrinking {
 public:
  Shrinking(std::vector<Decision> failing, ShrinkRun run, const ShrinkLimits& limits)
      : run_(run), limits_(limits) {
    result_.decisions = std::move(failing);
  }

  ShrinkResult Run() {
    if (limits_.max_runs == 0) return std::move(result_);
    ++result_.runs;
    std::optional<std::vector<Decision>> made = run_(result_.decisions);
    if (!made) return std::move(result_);
    result_.reproduced = true;
    if (made->size() <= result_.decisions.size()) result_.decisions = *std::move(made);
    bool progress = true;
    while (progress && !OutOfRuns()) {
      progress = DropTasks();
      progress |= DropParts();
      // These are the dearest and rarely pay: only once nothing can be dropped otherwise.
      if (!progress) progress = DropAndShift() || MoveLater();
    }
    result_.minimal = !progress && !OutOfRuns();
    return std::move(result_);
  }

 private:
  bool OutOfRuns() const { return result_.runs >= limits_.max_runs; }

  bool Try(const std::vector<Decision>& candidate) {
    if (OutOfRuns()) return false;
    ++result_.runs;
    std::optional<std::vector<Decision>> made = run_(candidate);
    if (!made) return false;
    const bool better = made->size() < result_.decisions.size() ||
                        (made->size() == result_.decisions.size() &&
                         TasksOf(*made).size() < TasksOf(result_.decisions).size());
    if (better) result_.decisions = *std::move(made);
    return better;
  }

  bool DropTasks() {
    bool progress = false;
    for (const std::uint32_t task : TasksOf(result_.decisions)) {
      std::vector<Decision> candidate = result_.decisions;
      candidate.erase(std::remove_if(candidate.begin(), candidate.end(),
                                     [&](const Decision& decision) {
                                       return decision.kind == DecisionKind::kTask &&
                                              decision.value == task;
                                     }),
                      candidate.end());
      if (candidate.size() < result_.decisions.size()) progress |= Try(candidate);
    }
    return progress;
  }

  bool DropParts() {
    bool progress = false;
    for (std::size_t size = result_.decisions.size(); size > 0;
         size = size <= kSmall ? size - 1 : std::max(size / 2, kSmall)) {
      // Large parts side by side; small ones of every size at every offset, so that no switch is
      // split from the switch back.
      const std::size_t stride = size <= kSmall ? 1 : size;
      for (std::size_t first = 0; first < result_.decisions.size() && !OutOfRuns();) {
        const std::size_t rest = result_.decisions.size() - first;
        if (DropPart(first, std::min(size, rest))) {
          progress = true;  // what follows has moved up to `first`
        } else {
          first += stride;
        }
      }
    }
    return progress;
  }

  // `decisions` without `size` of them, and those after them `shift` choices earlier.
  static std::vector<Decision> Without(const std::vector<Decision>& decisions, std::size_t first,
                                       std::size_t size, std::uint64_t shift) {
    std::vector<Decision> result = decisions;
    result.erase(result.begin() + static_cast<std::ptrdiff_t>(first),
                 result.begin() + static_cast<std::ptrdiff_t>(first + size));
    for (std::size_t i = first; i < result.size(); ++i) result[i].index -= shift;
    return result;
  }

  bool DropPart(std::size_t first, std::size_t size) {
    const std::vector<Decision>& from = result_.decisions;
    const std::uint64_t span = from[first + size - 1].index - from[first].index;
    const bool is_last = first + size == from.size();
    if (Try(Without(from, first, size, 0))) return true;
    return span > 0 && !is_last && Try(Without(from, first, size, span));
  }

  // One decision is dropped, and the rest comes earlier by any number of choices up to the distance
  // to the next.
  bool DropAndShift() {
    for (std::size_t i = 0; i + 1 < result_.decisions.size(); ++i) {
      const std::uint64_t room = result_.decisions[i + 1].index - result_.decisions[i].index;
      for (std::uint64_t shift = 1; shift <= std::min(room, kFar) && !OutOfRuns(); ++shift) {
        if (Try(Without(result_.decisions, i, 1, shift))) return true;
      }
    }
    return false;
  }

  // Each decision by 1, 2, 4, ... choices, as far as the next one.
  bool MoveLater() {
    for (std::size_t i = 0; i < result_.decisions.size(); ++i) {
      const std::uint64_t room = i + 1 < result_.decisions.size()
                                     ? result_.decisions[i + 1].index - result_.decisions[i].index
                                     : kFar;
      for (std::uint64_t distance = 1; distance < room && !OutOfRuns(); distance *= 2) {
        std::vector<Decision> candidate = result_.decisions;
        candidate[i].index += distance;
        if (Try(candidate)) return true;
      }
    }
    return false;
  }

  // Parts of up to this size are tried at every offset.
  static constexpr std::size_t kSmall = 4;
  // How far decisions are moved at most, in choices.
  static constexpr std::uint64_t kFar = 64;

  ShrinkRun run_;
  const ShrinkLimits limits_;
  ShrinkResult result_;
};

}  // namespace

ShrinkResult Shrink(std::vector<Decision> failing, ShrinkRun run, const ShrinkLimits& limits) {
  return Shrinking(std::move(failing), run, limits).Run();
}

}  // namespace selvage::schedule
