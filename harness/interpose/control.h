// Which calls of the C library are operations of a schedule, and how they become some of the model.
#ifndef SELVAGE_HARNESS_INTERPOSE_CONTROL_H_
#define SELVAGE_HARNESS_INTERPOSE_CONTROL_H_

#include <cstdint>
#include <utility>

#include "selvage/harness/interpose/world.h"
#include "selvage/harness/model/object.h"
#include "selvage/harness/runtime/scheduler.h"
#include "selvage/harness/runtime/task.h"

// The return address of the function it stands in.
#define SELVAGE_CALLER() (reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)))

namespace selvage::interpose {

// Makes the linker take the functions that this library puts in front of the C library's, and finds
// out which code they do not concern. To be called before a schedule runs, not by a task.
void BeginControl();

// Whether a call can decide what other threads do. Reading a clock cannot.
enum class Influence { kOnOthers, kNone };

// The second half of Controlled().
bool IsControlled(const runtime::Task& task, std::uintptr_t caller, const volatile void* object,
                  Influence influence);

// The task whose operation on `object` the call from `caller` is. Null: it is none, and the native
// function is to be called. That is so in ordinary threads, in the harness, in foreign code, while
// the task holds a native mutex, and where the schedule's settings say so.
inline runtime::Task* Controlled(std::uintptr_t caller, const volatile void* object,
                                 Influence influence = Influence::kOnOthers) {
  runtime::Task* task = runtime::CurrentTask();
  if (task == nullptr) [[likely]]
    return nullptr;
  return IsControlled(*task, caller, object, influence) ? task : nullptr;
}

// Whether the schedule is over and the task is being unwound: then operations have no effect.
bool IsUnwinding(runtime::Task& task);

// What `operation` makes of the world of the task's schedule, in a function that throws nothing;
// `when_unwinding` while the task is unwound.
template <typename Operation>
auto Opaque(runtime::Task& task,
            decltype(std::declval<Operation>()(std::declval<World&>())) when_unwinding,
            Operation operation) {
  const runtime::OpaqueCall opaque(task);
  if (IsUnwinding(task)) return when_unwinding;
  return operation(World::Of(task));
}

// The error number that pthread functions return.
int ErrorOf(model::Result result);

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_CONTROL_H_
