// What each step of a schedule touches: what a strategy needs to know which steps could have been
// done the other way round without any difference.
//
// A step is what a task does from one of its scheduling points to the next: the operation that was
// pending there, and all else until it has announced the next one. Two steps of different tasks
// commute if neither writes what the other touches. Where that is not certain a step touches
// everything.
#ifndef SELVAGE_HARNESS_RUNTIME_STEPS_H_
#define SELVAGE_HARNESS_RUNTIME_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "selvage/harness/runtime/append_buffer.h"
#include "selvage/harness/runtime/op.h"

namespace selvage::runtime {

// What is no primitive and no memory, and touched all the same. Numbers that no object ever gets.
//
// Virtual time: the clock, the deadlines there are, and which of them is the earliest.
inline constexpr ObjectId kTimeObject{UINT64_MAX};
// The next task's number.
inline constexpr ObjectId kTaskNumbers{UINT64_MAX - 1};
// The end of the schedule, after which daemons do nothing more; and which tasks have ended then.
inline constexpr ObjectId kScheduleEnd{UINT64_MAX - 2};
// How many waits may still return spuriously.
inline constexpr ObjectId kSpuriousWakeups{UINT64_MAX - 3};
// Read by every step: whoever writes it commutes with nobody.
inline constexpr ObjectId kEverything{UINT64_MAX - 4};

struct Touch {
  ObjectId object = kNoObject;
  std::uint32_t size = 0;  // bytes, of memory at that address; 0: not memory
  bool writes = false;
};

// True when the order of the two can matter.
constexpr bool Conflict(const Touch& a, const Touch& b) {
  if (!(a.writes || b.writes) || (a.size == 0) != (b.size == 0)) return false;
  if (a.size == 0) return a.object == b.object;
  const auto at = static_cast<std::uint64_t>(a.object);
  const auto bt = static_cast<std::uint64_t>(b.object);
  return at < bt + b.size && bt < at + a.size;
}

struct StepRecord {
  TaskId task{0};
  // Whether it could not always have taken effect, or was let be only because nobody else could go
  // on.
  bool waits = false;
  std::size_t first_touch = 0;
  std::uint64_t objects = 0;  // that had a number when it began
};

// Filled by the scheduler while a schedule runs; its memory is kept. Not thread-safe.
class StepLog {
 public:
  void Clear() {
    steps_.Clear();
    touches_.Clear();
    has_unseen_atomics = is_cut = false;
  }
  void Begin(TaskId task, bool waits, std::uint64_t objects) {
    steps_.Append(StepRecord{task, waits, touches_.size(), objects});
  }
  // Of the running step, the last that began. REQUIRES: there is one.
  void Add(const Touch& touch) { touches_.Append(touch); }
  void AddEverything() { Add({.object = kEverything, .writes = true}); }

  std::size_t size() const { return steps_.size(); }
  const StepRecord& step(std::size_t index) const { return steps_[index]; }
  std::span<const Touch> touches(std::size_t index) const {
    const std::size_t begin = steps_[index].first_touch;
    const std::size_t end =
        index + 1 < steps_.size() ? steps_[index + 1].first_touch : touches_.size();
    return {touches_.begin() + begin, end - begin};
  }

  // Whether the schedule was given up although somebody could have gone on: tasks waited for each
  // other in a circle, a misuse, too many steps. What makes it so, as who waits for whom, is touched
  // by steps that commute in all other respects.
  bool is_cut = false;
  // Whether tasks have used atomic variables of instrumented code where no scheduling point was.
  bool has_unseen_atomics = false;

 private:
  AppendBuffer<StepRecord> steps_;
  AppendBuffer<Touch> touches_;
};

class Task;

// What the step that begins with the task's pending operation is certain to touch, as far as that
// can be told before it is done: at most five.
struct PendingTouches {
  Touch list[5];
  std::size_t size = 0;

  explicit PendingTouches(const Task& task);
  std::span<const Touch> span() const { return {list, size}; }

 private:
  void Add(ObjectId object, bool writes, std::uint32_t bytes = 0) {
    list[size++] = {.object = object, .size = bytes, .writes = writes};
  }
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_STEPS_H_
