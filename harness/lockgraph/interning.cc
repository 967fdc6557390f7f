// Stacks and vector clocks, each kept once.
#include <algorithm>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/report/stack.h"

namespace selvage::lockgraph {

// The stack of the code that called the recorder, and the recorder's own frames, which the snapshot
// leaves out.
StackRecord* Recorder::CaptureStack() {
  std::uintptr_t pcs[kStackFrames];
  const int size = report::CaptureStack(pcs, kStackFrames, 1);
  return InternStack(pcs, size);
}

// Of the code that makes a lock. Programs make many at few places, and an exploration makes the
// same ones in every schedule: most often a look at the stack shows that it is a known one, which
// takes a twentieth of the time. An outer return address is looked at only if all inner ones are
// the known ones, whose frames have the known sizes then; where one may differ in size all the same
// (alloca), the address read is one that was the calling thread's stack when the frame began where
// it does.
__attribute__((noinline)) StackRecord* ThreadContext::CaptureCreation() {
  const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (known_stacks_ == nullptr) known_stacks_ = new KnownStacks;
  KnownStack* const set = known_stacks_->sets[Spread(frame) % KnownStacks::kSets];
  for (std::uint32_t way = 0; way < KnownStacks::kWays; ++way) {
    const KnownStack& known = set[way];
    if (known.frame != frame) continue;
    std::uint32_t i = 0;
    while (i < known.stack->size && *reinterpret_cast<const std::uintptr_t*>(
                                        frame + known.offsets[i]) == known.stack->pcs()[i]) {
      ++i;
    }
    if (i == known.stack->size) return known.stack;
  }
  std::uintptr_t pcs[kStackFrames];
  const std::uintptr_t* slots[kStackFrames];
  const int size = report::CaptureStack(pcs, slots, kStackFrames, 1);
  StackRecord* const stack = recorder_->InternStack(pcs, size);
  KnownStack& oldest = set[known_stacks_->next++ % KnownStacks::kWays];
  oldest.frame = 0;
  for (int i = 0; i < size; ++i) {
    const auto slot = reinterpret_cast<std::uintptr_t>(slots[i]);
    if (slot < frame || slot - frame > UINT32_MAX) return stack;
    oldest.offsets[i] = static_cast<std::uint32_t>(slot - frame);
  }
  oldest.frame = frame;
  oldest.stack = stack;
  return stack;
}

// The calling thread's stack is another one from here on.
void ThreadContext::ForgetStacks() {
  if (known_stacks_ != nullptr) *known_stacks_ = KnownStacks();
}

StackRecord* Recorder::InternStack(const std::uintptr_t* pcs, int size) {
  const std::uint64_t hash = Spread(report::HashStack(pcs, size));
  runtime::SpinLockHolder guard(lock_);
  StackRecord* known = stacks_.Find(hash, [&](StackRecord& other) {
    if (other.size != static_cast<std::uint32_t>(size)) return false;
    for (int i = 0; i < size; ++i) {
      if (other.pcs()[i] != pcs[i]) return false;
    }
    return true;
  });
  if (known != nullptr) return known;
  known = arena_.New<StackRecord>(static_cast<std::size_t>(size) * sizeof(std::uintptr_t));
  known->hash = hash;
  known->index = static_cast<std::uint32_t>(stacks_.size());
  known->size = static_cast<std::uint32_t>(size);
  for (int i = 0; i < size; ++i) known->pcs()[i] = pcs[i];
  stacks_.Insert(known);
  return known;
}

// The least clock that is not before either.
ClockRecord* Recorder::Join(ClockRecord* a, ClockRecord* b) {
  if (a == b || b == nullptr) return a;
  if (a == nullptr) return b;
  runtime::SpinLockHolder guard(lock_);
  scratch_.Clear();
  const ClockRecord::Entry* i = a->entries();
  const ClockRecord::Entry* const a_end = i + a->size;
  const ClockRecord::Entry* j = b->entries();
  const ClockRecord::Entry* const b_end = j + b->size;
  while (i != a_end || j != b_end) {
    if (j == b_end || (i != a_end && i->thread < j->thread)) {
      scratch_.Append(*i++);
    } else if (i == a_end || j->thread < i->thread) {
      scratch_.Append(*j++);
    } else {
      scratch_.Append(i->position > j->position ? *i : *j);
      ++i;
      ++j;
    }
  }
  ClockRecord* joined = InternClockLocked(scratch_.begin(), scratch_.size());
  return joined != nullptr ? joined : a;
}

// The greatest clock that is not after either.
ClockRecord* Recorder::Meet(ClockRecord* a, ClockRecord* b) {
  if (a == b) return a;
  if (a == nullptr || b == nullptr) return nullptr;
  runtime::SpinLockHolder guard(lock_);
  scratch_.Clear();
  const ClockRecord::Entry* j = b->entries();
  const ClockRecord::Entry* const b_end = j + b->size;
  for (std::uint32_t i = 0; i < a->size; ++i) {
    const ClockRecord::Entry& entry = a->entries()[i];
    while (j != b_end && j->thread < entry.thread) ++j;
    if (j == b_end || j->thread != entry.thread) continue;
    scratch_.Append({entry.thread, std::min(entry.position, j->position)});
  }
  return scratch_.size() == 0 ? nullptr : InternClockLocked(scratch_.begin(), scratch_.size());
}

// `clock`, and that `thread` has got as far as `position`.
ClockRecord* Recorder::Extend(ClockRecord* clock, std::uint32_t thread, std::uint64_t position) {
  runtime::SpinLockHolder guard(lock_);
  scratch_.Clear();
  bool placed = false;
  const std::uint32_t size = clock == nullptr ? 0 : clock->size;
  for (std::uint32_t i = 0; i < size; ++i) {
    const ClockRecord::Entry& entry = clock->entries()[i];
    if (!placed && thread <= entry.thread) {
      scratch_.Append({thread, position});
      placed = true;
      if (thread == entry.thread) continue;
    }
    scratch_.Append(entry);
  }
  if (!placed) scratch_.Append({thread, position});
  ClockRecord* extended = InternClockLocked(scratch_.begin(), scratch_.size());
  return extended != nullptr ? extended : clock;
}

// Null when the budget is used up: signals then order nothing new, which makes more cycles look
// feasible, never fewer.
ClockRecord* Recorder::InternClockLocked(const ClockRecord::Entry* entries, std::uint32_t size) {
  std::uint64_t hash = size;
  for (std::uint32_t i = 0; i < size; ++i) {
    hash = Spread(hash ^ entries[i].position ^ std::uint64_t{entries[i].thread} << 48);
  }
  ClockRecord* known = clocks_.Find(hash, [&](ClockRecord& other) {
    if (other.size != size) return false;
    for (std::uint32_t i = 0; i < size; ++i) {
      const ClockRecord::Entry& entry = other.entries()[i];
      if (entry.thread != entries[i].thread || entry.position != entries[i].position) return false;
    }
    return true;
  });
  if (known != nullptr) return known;
  if (clock_entries_ + size > kMaxClockEntries) {
    ++clocks_dropped_;
    return nullptr;
  }
  clock_entries_ += size;
  known = arena_.New<ClockRecord>(size * sizeof(ClockRecord::Entry));
  known->hash = hash;
  known->index = static_cast<std::uint32_t>(clocks_.size());
  known->size = size;
  for (std::uint32_t i = 0; i < size; ++i) known->entries()[i] = entries[i];
  clocks_.Insert(known);
  return known;
}

}  // namespace selvage::lockgraph
