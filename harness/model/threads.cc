#include "selvage/harness/model/threads.h"

#include "selvage/harness/tsan/annotations.h"

namespace selvage::model {

using runtime::OpKind;
using runtime::Scheduler;
using runtime::Task;
using runtime::WakeReason;

void Threads::Run(void* argument) {
  auto* thread = static_cast<Thread*>(argument);
  try {
    thread->result = thread->function(thread->argument);
  } catch (const ThreadExit&) {
  }
}

pthread_t Threads::Start(Task& parent, Function function, void* argument, Release release,
                         std::uintptr_t site) {
  Thread* thread;
  {
    const tsan::IgnoreScope unseen;
    thread = &threads_.emplace_back(Thread{
        .function = function, .argument = argument, .joinable = release == Release::kByJoin});
  }
  Task& task = parent.scheduler().Spawn(parent, {.run = &Run, .argument = thread}, {}, {}, site,
                                        release == Release::kByItself);
  thread->task = &task;
  const tsan::IgnoreScope unseen;
  by_handle_[task.thread()] = thread;
  return task.thread();
}

Threads::Thread* Threads::Find(pthread_t handle) {
  const auto found = by_handle_.find(handle);
  return found == by_handle_.end() ? nullptr : found->second;
}

Threads::JoinResult Threads::Join(Task& task, pthread_t handle, Timeout timeout, void** result,
                                  std::uintptr_t site) {
  if (handle == task.thread()) return JoinResult::kSelf;
  Thread* thread = Find(handle);
  if (thread == nullptr) return JoinResult::kUnknown;
  if (!thread->joinable) return JoinResult::kDetached;
  if (task.scheduler().Join(task, *thread->task, site, timeout) == WakeReason::kTimeout) {
    return JoinResult::kTimedOut;
  }
  return Collect(*thread, result);
}

Threads::JoinResult Threads::TryJoin(Task& task, pthread_t handle, void** result,
                                     std::uintptr_t site) {
  if (handle == task.thread()) return JoinResult::kSelf;
  Thread* thread = Find(handle);
  if (thread == nullptr) return JoinResult::kUnknown;
  if (!thread->joinable) return JoinResult::kDetached;
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kQuery, thread->task->object(), site);
  if (!thread->task->finished()) return JoinResult::kBusy;
  // It need not wait any more: this orders what comes after its end.
  scheduler.Join(task, *thread->task, site, std::nullopt);
  return Collect(*thread, result);
}

// The handle is of no thread from here on, as that of the C library.
Threads::JoinResult Threads::Collect(Thread& thread, void** result) {
  if (result != nullptr) *result = thread.result;
  thread.joinable = false;
  const tsan::IgnoreScope unseen;
  by_handle_.erase(thread.task->thread());
  return JoinResult::kOk;
}

Threads::JoinResult Threads::Detach(Task& task, pthread_t handle, std::uintptr_t site) {
  Thread* thread = Find(handle);
  if (thread == nullptr) return JoinResult::kUnknown;
  if (!thread->joinable) return JoinResult::kDetached;
  Scheduler& scheduler = task.scheduler();
  scheduler.Point(task, OpKind::kQuery, thread->task->object(), site);
  thread->joinable = false;
  scheduler.Detach(*thread->task);
  return JoinResult::kOk;
}

void Threads::SetName(Task& task, pthread_t handle, std::string_view name) {
  const Thread* thread = Find(handle);
  task.scheduler().SetName(thread == nullptr ? task : *thread->task, name);
}

void Threads::Exit(Task& task, void* result) {
  if (Thread* thread = Find(task.thread())) thread->result = result;
  throw ThreadExit();
}

}  // namespace selvage::model
