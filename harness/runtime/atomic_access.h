// Scheduling points at the atomic operations of instrumented code.
//
// Whoever stands in for the compiler's atomic operations (harness/interpose) says here that one is
// about to be done, and whether it has changed anything.
#ifndef SELVAGE_HARNESS_RUNTIME_ATOMIC_ACCESS_H_
#define SELVAGE_HARNESS_RUNTIME_ATOMIC_ACCESS_H_

#include <cstdint>

#include "selvage/harness/runtime/op.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {

// How many operations of primitives the calling thread is in that have been announced by name and
// are done in instrumented code: what that does is no scheduling point of its own.
extern constinit thread_local int announced_operations __attribute__((tls_model("initial-exec")));

// The address of a load or store of the calling thread that has been announced and is still to be
// done, or null: by a Shared variable, whose own code is instrumented, or by clang's callbacks,
// which come before atomic loads and stores as they come before plain ones.
extern constinit thread_local const volatile void* announced_access
    __attribute__((tls_model("initial-exec")));

// Lives around one atomic operation. In a task it begins with a scheduling point, where a plain
// access would have one.
class AtomicAccess {
 public:
  // `order`: of std::memory_order.
  template <typename T>
  AtomicAccess(OpKind kind, const volatile T* address, int order, void* return_address)
      : AtomicAccess(kind, address, sizeof(T), order, return_address) {}
  AtomicAccess(OpKind kind, const volatile void* address, std::uint32_t size, int order,
               void* return_address)
      : kind_(kind), size_(size) {
    Task* task = CurrentTask();
    if (task == nullptr) [[likely]]
      return;
    if (tsan::ignore_depth == 0 && announced_operations == 0)
      Begin(*task, address, order, return_address);
  }
  ~AtomicAccess() {
    if (task_ != nullptr) End();
  }
  AtomicAccess(const AtomicAccess&) = delete;
  AtomicAccess& operator=(const AtomicAccess&) = delete;

  // The operation has left the value as it was.
  void Unchanged() { effect_ = Effect::kUnchanged; }
  // The compare-exchange found another value.
  void Failed() { effect_ = Effect::kFailed; }

 private:
  enum class Effect : std::uint8_t { kChanged, kUnchanged, kFailed };

  void Begin(Task& task, const volatile void* address, int order, void* return_address);
  void End();

  const OpKind kind_;
  const std::uint32_t size_;
  Effect effect_ = Effect::kChanged;
  bool is_point_ = false;
  Task* task_ = nullptr;  // whose operation it is, if anybody else can see it; else null
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_ATOMIC_ACCESS_H_
