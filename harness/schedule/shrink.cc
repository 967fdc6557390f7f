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
      // Moving is the dearest and rarely pays: only once nothing can be dropped.
      if (!progress) progress = MoveLater();
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
    for (std::size_t size = std::max<std::size_t>(result_.decisions.size() / 2, 1); size > 0;
         size /= 2) {
      // Large parts side by side; small ones at every offset, so that no pair is split.
      const std::size_t stride = size <= 4 ? 1 : size;
      for (std::size_t first = 0; first < result_.decisions.size() && !OutOfRuns();) {
        if (DropPart(first, std::min(size, result_.decisions.size() - first))) {
          progress = true;  // what follows has moved up to `first`
        } else {
          first += stride;
        }
      }
    }
    return progress;
  }

  bool DropPart(std::size_t first, std::size_t size) {
    const std::vector<Decision>& from = result_.decisions;
    const std::uint64_t span = from[first + size - 1].index - from[first].index;
    std::vector<Decision> candidate = from;
    candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(first),
                    candidate.begin() + static_cast<std::ptrdiff_t>(first + size));
    if (Try(candidate)) return true;
    if (span == 0 || first == candidate.size()) return false;
    for (std::size_t i = first; i < candidate.size(); ++i) candidate[i].index -= span;
    return Try(candidate);
  }

  // Each decision by 1, 2, 4, ... choices, as far as the next one.
  bool MoveLater() {
    for (std::size_t i = 0; i < result_.decisions.size(); ++i) {
      const std::uint64_t room = i + 1 < result_.decisions.size()
                                     ? result_.decisions[i + 1].index - result_.decisions[i].index
                                     : kTail;
      for (std::uint64_t distance = 1; distance < room && !OutOfRuns(); distance *= 2) {
        std::vector<Decision> candidate = result_.decisions;
        candidate[i].index += distance;
        if (Try(candidate)) return true;
      }
    }
    return false;
  }

  // How far the last decision is moved at most.
  static constexpr std::uint64_t kTail = 64;

  ShrinkRun run_;
  const ShrinkLimits limits_;
  ShrinkResult result_;
};

}  // namespace

ShrinkResult Shrink(std::vector<Decision> failing, ShrinkRun run, const ShrinkLimits& limits) {
  return Shrinking(std::move(failing), run, limits).Run();
}

}  // namespace selvage::schedule
