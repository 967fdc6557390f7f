// The stacks of tasks: where an operation was asked for, and whose local variable an access is to.
#include <algorithm>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {
namespace {

constexpr int kMaxStackDepth = 32;

}  // namespace

void Scheduler::CapturePendingStack(Task& task) {
  const tsan::IgnoreScope unseen;
  report::StackFrame frames[kMaxStackDepth];
  const int depth = report::CaptureFrames(frames, kMaxStackDepth, 2);
  task.pending_frames_.assign(frames, frames + depth);
  task.pending_stack_.clear();
  for (const report::StackFrame& frame : task.pending_frames_) {
    task.pending_stack_.push_back(frame.return_address);
  }
}

// Every other task is stopped where its frames were captured.
report::StackFrame Scheduler::FrameTouchedBy(const Op& op) const {
  const auto address = static_cast<std::uintptr_t>(op.object);
  const std::optional<TaskId> owner =
      IsMemoryAccess(op.kind) ? StackOwner(address) : std::optional<TaskId>();
  if (!owner || task(*owner).finished_) return {};
  for (const report::StackFrame& frame : task(*owner).pending_frames_) {
    if (frame.Has(address)) return frame;
  }
  return {};
}

std::optional<TaskId> Scheduler::StackOwner(std::uintptr_t address) const {
  if (address < lowest_stack_ || address >= highest_stack_) return std::nullopt;
  for (std::uint32_t i = 0; i < task_count_; ++i) {
    if (by_id_[i]->OnStack(address)) return TaskId{i};
  }
  return std::nullopt;
}

void Scheduler::NoteSharedStack(std::uint32_t begin, std::uint32_t end) {
  if (begin == end) return;
  if (shared_stack_end_ == 0 || begin < shared_stack_begin_) shared_stack_begin_ = begin;
  shared_stack_end_ = std::max(shared_stack_end_, end);
}

}  // namespace selvage::runtime
