#include "selvage/harness/schedule/pos.h"

namespace selvage::schedule {

void Pos::BeginSchedule(std::uint64_t seed) {
  random_ = Random(seed);
  free_first_ = random_.Chance(1, 2);
  score_.clear();
}

void Pos::TaskSpawned(const runtime::Task*, const runtime::Task& child) {
  const auto index = static_cast<std::uint32_t>(child.id());
  if (index >= score_.size()) score_.resize(index + 1);
  score_[index].announced = 0;
}

bool Pos::ConflictsWithAny(const TaskChoice& choice, runtime::TaskId id) {
  bool conflicts = false;
  choice.candidates.ForEach([&](runtime::TaskId other) {
    conflicts |=
        other != id && runtime::Conflict(choice.task(id).pending(), choice.task(other).pending());
  });
  return conflicts;
}

runtime::TaskId Pos::NextTask(const TaskChoice& choice) {
  runtime::TaskId best{};
  bool found = false;
  bool best_is_free = false;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    Score& score = score_[static_cast<std::uint32_t>(id)];
    if (score.announced != choice.task(id).announced()) {
      score.announced = choice.task(id).announced();
      score.value = random_.Next();
    }
    const bool is_free = free_first_ && !ConflictsWithAny(choice, id);
    const bool better = is_free != best_is_free
                            ? is_free
                            : score.value > score_[static_cast<std::uint32_t>(best)].value;
    if (!found || better) {
      best = id;
      best_is_free = is_free;
      found = true;
    }
  });
  choice.candidates.ForEach([&](runtime::TaskId id) {
    if (id != best && runtime::Conflict(choice.task(id).pending(), choice.task(best).pending())) {
      score_[static_cast<std::uint32_t>(id)].value = random_.Next();
    }
  });
  // A yield or an expired wait that is picked and announced again unchanged would keep its luck;
  // the next sight draws anew.
  score_[static_cast<std::uint32_t>(best)].announced = 0;
  return best;
}

}  // namespace selvage::schedule
