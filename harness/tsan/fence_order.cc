#include "selvage/harness/tsan/fence_order.h"

#include <algorithm>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::tsan {
namespace {

bool Acquires(int order) { return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE; }
bool Releases(int order) {
  return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

// The calling task, if what it does is the code under test's.
runtime::Task* Teller() {
  runtime::Task* task = runtime::CurrentTask();
  if (task == nullptr || ignore_depth != 0 || task->scheduler().unwinding()) return nullptr;
  return task;
}

}  // namespace

// What was released in earlier schedules is ordered before this one in any case.
void FenceOrder::BeginSchedule() {
  records_ = 0;
  tasks_.clear();
  variables_.clear();
}

FenceOrder::TaskState& FenceOrder::Of(std::uint32_t task) {
  if (task >= tasks_.size()) tasks_.resize(task + 1);
  return tasks_[task];
}

FenceOrder::Record* FenceOrder::Released() {
  if (records_ == chunks_.size() * kChunk) chunks_.push_back(std::make_unique<Record[]>(kChunk));
  Record* record = &chunks_[records_ / kChunk][records_ % kChunk];
  ++records_;
  Release(record);
  return record;
}

FenceOrder::Record* FenceOrder::OfStore(std::uint32_t task, int order) {
  return Releases(order) ? Released() : Of(task).fence;
}

void FenceOrder::OnFence(std::uint32_t task, int order) {
  TaskState& state = Of(task);
  if (Acquires(order)) {
    for (Record* record : state.unread) Acquire(record);
    state.unread.clear();
  }
  if (Releases(order)) state.fence = Released();
}

void FenceOrder::OnLoad(std::uint32_t task, const volatile void* address, int order) {
  const auto variable = variables_.find(address);
  if (variable == variables_.end()) return;
  for (Record* record : variable->second) {
    if (Acquires(order)) {
      Acquire(record);
    } else {
      Of(task).unread.insert(record);
    }
  }
}

void FenceOrder::OnStore(std::uint32_t task, const volatile void* address, int order) {
  std::vector<Record*>& records = variables_[address];
  records.clear();
  if (Record* record = OfStore(task, order)) records.push_back(record);
}

void FenceOrder::OnUpdate(std::uint32_t task, const volatile void* address, int order) {
  OnLoad(task, address, order);
  std::vector<Record*>& records = variables_[address];
  Record* record = OfStore(task, order);
  if (record != nullptr && std::find(records.begin(), records.end(), record) == records.end()) {
    records.push_back(record);
  }
}

void TellAtomic(AtomicKind kind, const volatile void* address, int order) {
  runtime::Task* task = Teller();
  if (task == nullptr) return;
  const IgnoreScope unseen;
  FenceOrder& fence_order = task->scheduler().fence_order();
  const auto id = static_cast<std::uint32_t>(task->id());
  switch (kind) {
    case AtomicKind::kLoad:
      return fence_order.OnLoad(id, address, order);
    case AtomicKind::kStore:
      return fence_order.OnStore(id, address, order);
    case AtomicKind::kUpdate:
      return fence_order.OnUpdate(id, address, order);
  }
}

void TellFence(int order) {
  runtime::Task* task = Teller();
  if (task == nullptr) return;
  const IgnoreScope unseen;
  task->scheduler().fence_order().OnFence(static_cast<std::uint32_t>(task->id()), order);
}

}  // namespace selvage::tsan
