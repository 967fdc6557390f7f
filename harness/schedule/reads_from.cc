#include "selvage/harness/schedule/reads_from.h"

#include <algorithm>

namespace selvage::schedule {

void ReadsFrom::BeginSchedule(std::uint64_t seed) {
  random_ = Random(seed);
  pos_.BeginSchedule(random_.Next());
  pairs_.clear();
  drawn_from_.clear();
  const bool contested_only = random_.Chance(3, 4);
  for (const auto& variable : variables_->variables()) {
    if (variable.readers.empty() || (contested_only && !variable.contested)) continue;
    drawn_from_.push_back(&variable);
  }
  if (drawn_from_.empty()) return;
  const std::uint64_t count = std::max<std::uint64_t>(1, random_.Below(4));
  for (std::uint64_t i = 0; i < count; ++i) DrawPair();
}

// The less seen of two that are drawn alike.
void ReadsFrom::DrawPair() {
  Pair best;
  std::uint64_t seen = 0;
  for (int i = 0; i < 2; ++i) {
    const SharedVariables::Variable& variable = *drawn_from_[random_.Below(drawn_from_.size())];
    Pair pair;
    pair.read = variable.readers[random_.Below(variable.readers.size())];
    const std::uint64_t drawn = random_.Below(variable.writers.size() + 1);
    pair.write = drawn == 0 ? 0 : variable.writers[drawn - 1];
    pair.written = pair.write == 0;
    const std::uint64_t its = variables_->Seen({pair.write, pair.read});
    if (i > 0 && its >= seen) continue;
    seen = its;
    pair.writers = variable.writers;
    best = std::move(pair);
  }
  pairs_.push_back(std::move(best));
}

void ReadsFrom::TaskSpawned(const runtime::Task* parent, const runtime::Task& child) {
  pos_.TaskSpawned(parent, child);
  free_.Reserve(static_cast<std::uint32_t>(child.id()) + 1);
}

bool ReadsFrom::IsHeld(const runtime::Op& op) const {
  return std::any_of(pairs_.begin(), pairs_.end(), [&](const Pair& pair) {
    if (pair.read == 0) return false;
    if (!pair.written) return op.site == pair.read;
    return op.site != pair.read &&
           std::binary_search(pair.writers.begin(), pair.writers.end(), op.site);
  });
}

// A pair whose read is 0 has come about.
void ReadsFrom::NoteDone(const runtime::Op& op) {
  for (Pair& pair : pairs_) {
    if (!pair.written) {
      pair.written = op.site == pair.write;
    } else if (op.site == pair.read) {
      pair.read = 0;
    }
  }
}

runtime::TaskId ReadsFrom::NextTask(const TaskChoice& choice) {
  // One by one: a compiler makes memset() of Clear(), which TSan sees.
  free_.ForEach([&](runtime::TaskId id) { free_.Erase(id); });
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (!IsHeld(choice.task(id).pending())) free_.Insert(id);
  });
  runtime::TaskId next;
  if (free_.size() > 1) {
    next = pos_.NextTask(TaskChoice{free_, choice.tasks, choice.current, choice.step});
  } else if (free_.size() == 1) {
    next = free_.First();
  } else {
    next = pos_.NextTask(choice);
  }
  NoteDone(choice.task(next).pending());
  return next;
}

void ReadsFrom::EndSchedule(const ScheduleSummary& summary) { pos_.EndSchedule(summary); }

}  // namespace selvage::schedule
