#include "selvage/primitives/thread_local.h"

#include <atomic>
#include <cstdint>

#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/tsan/annotations.h"
#include "selvage/primitives/monitor.h"

namespace selvage::internal {

using runtime::CurrentTask;
using runtime::SpinLock;
using runtime::SpinLockHolder;
using runtime::Task;
using runtime::TaskId;

// In two lists: its thread's, which only that thread walks and changes, and its owner's. When the
// owner is destroyed the entry stays with the thread, without a value, until the thread meets it.
struct ThreadLocalValues::NativeValue {
  std::uint64_t owner_number;
  NativeValue* next_of_thread;
  // Guarded by ValuesLock().
  ThreadLocalValues* owner;
  void* value;  // null: destroyed
  NativeValue* previous_of_owner;
  NativeValue* next_of_owner;
};

// In its owner's list, and among what its task does at its end.
struct ThreadLocalValues::TaskValue : runtime::ExitAction {
  TaskValue(ThreadLocalValues& its_owner, TaskId its_task, void* its_value)
      : runtime::ExitAction{&TaskValue::EndOfTask},
        owner(its_owner),
        task(its_task),
        value(its_value),
        next_of_owner(its_owner.tasks_) {}

  static void EndOfTask(runtime::ExitAction& self) {
    auto& entry = static_cast<TaskValue&>(self);
    const Destroy destroy = entry.owner.destroy_;
    destroy(entry.owner.Take(entry));
  }

  ThreadLocalValues& owner;
  const TaskId task;
  void* const value;
  TaskValue* next_of_owner;
};

namespace {

SpinLock& ValuesLock() {
  static constinit SpinLock lock;
  return lock;
}

std::uint64_t NextNumber() {
  static constinit std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

// The calling thread's values, of whichever owner. Only ordinary threads have any.
struct ThreadLocalSlots {
  using NativeValue = ThreadLocalValues::NativeValue;

  static constinit thread_local NativeValue* first;

  static NativeValue* Find(std::uint64_t number) {
    for (NativeValue* entry = first; entry != nullptr; entry = entry->next_of_thread) {
      if (entry->owner_number == number) return entry;
    }
    return nullptr;
  }

  // Takes the value away from its owner; null if the owner has destroyed it.
  static void* Claim(NativeValue& entry, ThreadLocalValues::Destroy& destroy) {
    const SpinLockHolder holder(ValuesLock());
    if (entry.value == nullptr) return nullptr;
    (entry.previous_of_owner != nullptr ? entry.previous_of_owner->next_of_owner
                                        : entry.owner->native_) = entry.next_of_owner;
    if (entry.next_of_owner != nullptr) {
      entry.next_of_owner->previous_of_owner = entry.previous_of_owner;
    }
    destroy = entry.owner->destroy_;
    return entry.value;
  }

  static void Free(NativeValue* entry) {
    const tsan::IgnoreScope unseen;
    delete entry;
  }

  // Entries whose owner is gone.
  static void Prune() {
    for (NativeValue** link = &first; *link != nullptr;) {
      NativeValue* entry = *link;
      bool gone;
      {
        const SpinLockHolder holder(ValuesLock());
        gone = entry->value == nullptr;
      }
      if (gone) {
        *link = entry->next_of_thread;
        Free(entry);
      } else {
        link = &entry->next_of_thread;
      }
    }
  }

  // The destructor of a value may use a ThreadLocal again: hence until there is nothing left.
  ~ThreadLocalSlots() {
    while (first != nullptr) {
      NativeValue* entry = first;
      first = entry->next_of_thread;
      ThreadLocalValues::Destroy destroy = nullptr;
      void* value = Claim(*entry, destroy);
      Free(entry);
      if (value != nullptr) destroy(value);
    }
  }
};

constinit thread_local ThreadLocalSlots::NativeValue* ThreadLocalSlots::first = nullptr;

ThreadLocalValues::ThreadLocalValues(Destroy destroy, std::string_view name, SourceLocation made_at)
    : destroy_(destroy), number_(NextNumber()), object_("ThreadLocal", name, made_at) {}

ThreadLocalValues::~ThreadLocalValues() {
  if (Task* task = CurrentTask(); task == nullptr || !task->scheduler().Knows(object_)) {
    const OutsideSchedule outside;
    EnterSchedule();
  }
  while (tasks_ != nullptr) {
    CurrentTask()->scheduler().RemoveExitAction(tasks_->task, *tasks_);
    destroy_(Take(*tasks_));
  }
  for (;;) {
    void* value = nullptr;
    {
      const SpinLockHolder holder(ValuesLock());
      if (native_ == nullptr) return;
      NativeValue& entry = *native_;
      native_ = entry.next_of_owner;
      if (native_ != nullptr) native_->previous_of_owner = nullptr;
      value = entry.value;
      entry.value = nullptr;
    }
    destroy_(value);
  }
}

void ThreadLocalValues::EnterSchedule() {
  if (const Task* task = CurrentTask()) {
    bool first_use;
    task->scheduler().Enter(object_, first_use);
    if (!first_use) return;
  }
  const OutsideSchedule outside;
  while (tasks_ != nullptr) {
    destroy_(Take(*tasks_));
  }
}

// The value of an entry, which is freed.
void* ThreadLocalValues::Take(TaskValue& entry) {
  TaskValue** link = &tasks_;
  while (*link != &entry) link = &(*link)->next_of_owner;
  *link = entry.next_of_owner;
  void* const value = entry.value;
  const tsan::IgnoreScope unseen;
  delete &entry;
  return value;
}

ThreadLocalValues::TaskValue* ThreadLocalValues::FindOf(const Task& task) {
  EnterSchedule();
  TaskValue* entry = tasks_;
  while (entry != nullptr && entry->task != task.id()) entry = entry->next_of_owner;
  return entry;
}

void* ThreadLocalValues::Find() {
  if (const Task* task = CurrentTask()) {
    const TaskValue* entry = FindOf(*task);
    return entry == nullptr ? nullptr : entry->value;
  }
  const NativeValue* entry = ThreadLocalSlots::Find(number_);
  return entry == nullptr ? nullptr : entry->value;
}

void ThreadLocalValues::Insert(void* value) {
  if (Task* task = CurrentTask()) {
    EnterSchedule();
    const tsan::IgnoreScope unseen;
    tasks_ = new TaskValue(*this, task->id(), value);
    task->scheduler().AddExitAction(*task, *tasks_);
    return;
  }
  // Destroyed with the thread, which ends the values.
  static thread_local ThreadLocalSlots at_thread_exit;
  asm volatile("" : : "r"(&at_thread_exit));
  ThreadLocalSlots::Prune();
  const tsan::IgnoreScope unseen;
  const SpinLockHolder holder(ValuesLock());
  auto* entry = new NativeValue{.owner_number = number_,
                                .next_of_thread = ThreadLocalSlots::first,
                                .owner = this,
                                .value = value,
                                .previous_of_owner = nullptr,
                                .next_of_owner = native_};
  if (native_ != nullptr) native_->previous_of_owner = entry;
  native_ = entry;
  ThreadLocalSlots::first = entry;
}

void* ThreadLocalValues::Remove() {
  if (const Task* task = CurrentTask()) {
    TaskValue* entry = FindOf(*task);
    if (entry == nullptr) return nullptr;
    task->scheduler().RemoveExitAction(task->id(), *entry);
    return Take(*entry);
  }
  for (NativeValue** link = &ThreadLocalSlots::first; *link != nullptr;
       link = &(*link)->next_of_thread) {
    NativeValue* entry = *link;
    if (entry->owner_number != number_) continue;
    *link = entry->next_of_thread;
    Destroy destroy = nullptr;
    void* value = ThreadLocalSlots::Claim(*entry, destroy);
    ThreadLocalSlots::Free(entry);
    return value;
  }
  return nullptr;
}

}  // namespace selvage::internal
