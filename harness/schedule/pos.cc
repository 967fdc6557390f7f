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
  if (pending_.size() < 2 * score_.size()) {
    pending_.assign(2 * pending_.size(), Pending{});
    counted_ = 0;
  }
  score_[index].announced = 0;
}

Pos::Pending& Pos::PendingOn(const runtime::Op& op) {
  const bool memory = runtime::IsMemoryAccess(op.kind);
  const std::size_t mask = pending_.size() - 1;
  std::size_t i = SplitMix64::Mix(static_cast<std::uint64_t>(op.object) + memory) & mask;
  for (;; i = (i + 1) & mask) {
    Pending& pending = pending_[i];
    if (pending.choice != counted_) pending = Pending{counted_, op.object, memory};
    if (pending.object == op.object && pending.memory == memory) return pending;
  }
}

void Pos::CountPending(const TaskChoice& choice) {
  ++counted_;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    const runtime::Op& op = choice.task(id).pending();
    if (op.object == runtime::kNoObject) return;
    Pending& pending = PendingOn(op);
    ++pending.operations;
    pending.writes += !runtime::IsReadOnly(op.kind);
  });
}

bool Pos::ConflictsWithAny(const runtime::Op& op) {
  if (op.object == runtime::kNoObject) return false;
  const Pending& pending = PendingOn(op);
  return pending.operations > 1 && pending.writes > 0;
}

runtime::TaskId Pos::NextTask(const TaskChoice& choice) {
  if (free_first_) CountPending(choice);
  runtime::TaskId best{};
  bool found = false;
  bool best_is_free = false;
  choice.candidates.ForEach([&](runtime::TaskId id) {
    Score& score = score_[static_cast<std::uint32_t>(id)];
    if (score.announced != choice.task(id).announced()) {
      score.announced = choice.task(id).announced();
      score.value = random_.Next();
    }
    const bool is_free = free_first_ && !ConflictsWithAny(choice.task(id).pending());
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
