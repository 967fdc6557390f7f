// Bodies: real threads that lend a task their stack and their thread pointer.
//
// A body is created by pthread_create, parks in a raw futex wait and never runs user code itself.
// The driver runs a task by taking over the body's thread pointer and the stack below its parked
// frames, so thread_locals, errno, pthread_self(), the exception globals and a sanitizer's
// per-thread state are the task's own, at the price of a stack switch.
//
// Invariants:
//  1. A body's parked frames are never touched by a task: waking the body returns through them, and
//  the thread ends
//     normally, whatever state the task on it was left in.
//  2. All signals are blocked in a body, so that the kernel never writes a signal frame where a
//  task's frames are.
//  3. A body whose task was abandoned is ended, never reused: its thread_locals and the sanitizer's
//  shadow stack are in the middle of something.
#ifndef SELVAGE_HARNESS_RUNTIME_BODY_H_
#define SELVAGE_HARNESS_RUNTIME_BODY_H_

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace selvage::runtime {

class Body {
 public:
  // Bytes below the stack that cannot be touched: address space, no memory. A page, as the C
  // library has by itself, is less than many a local array, which would reach over it into whatever
  // lies there.
  static constexpr std::size_t kGuardSize = std::size_t{1} << 20;

  // The least stack that a task may be given, in bytes: what a thread takes for itself, and the
  // harness's own frames with a report in them.
  static std::size_t LeastStackSize();

  // Starts the thread and waits until it has parked. `stack_size` in bytes. Aborts with a message
  // if the system refuses another thread.
  explicit Body(std::size_t stack_size);

  // Wakes the thread and joins it. REQUIRES: the driver is not running on this body.
  ~Body();

  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  std::uintptr_t thread_pointer() const { return thread_pointer_; }
  pthread_t thread() const { return thread_; }
  // The kernel's number of the thread.
  std::uint64_t kernel_thread() const { return kernel_thread_; }
  // The highest address a task may use, and the bytes below it.
  void* stack_top() const { return stack_top_; }
  std::size_t stack_size() const { return usable_size_; }
  // Whether it lies in the guard below the stack.
  bool IsBeyondStack(std::uintptr_t address) const {
    return lowest_ - address <= kGuardSize && address != lowest_;
  }
  bool OnStack(std::uintptr_t address) const {
    return reinterpret_cast<std::uintptr_t>(stack_top_) - address < usable_size_;
  }

 private:
  static void* ThreadMain(void* self);
  void Park();

  pthread_t thread_{};
  std::uintptr_t thread_pointer_ = 0;
  std::uint64_t kernel_thread_ = 0;
  void* stack_top_ = nullptr;
  std::uintptr_t lowest_ = 0;  // address of the stack
  std::size_t usable_size_ = 0;
  std::atomic<std::uint32_t> parked_{0};
  std::atomic<std::uint32_t> released_{0};
};

// One body for each task of a schedule, kept from schedule to schedule. Not thread-safe; at most
// one pool a driver.
//
// The n-th task always runs on the n-th body: stacks lie at the same addresses in every schedule,
// and no two tasks of one schedule share a body, which would order them in a sanitizer's eyes and
// hide their races.
class BodyPool {
 public:
  enum class Reuse {
    kPooled,  // a body serves one task after the other, schedule after schedule
    kFresh,   // every task gets a body of its own, whose thread_locals have not been touched
  };

  explicit BodyPool(std::size_t stack_size) : stack_size_(stack_size) {}

  // From the next task on.
  void set_reuse(Reuse reuse) { reuse_ = reuse; }

  // The body for the task with this ordinal, started now if there is none.
  Body& ForTask(std::uint32_t ordinal);

  // The task with this ordinal is over, `abandoned` or not. REQUIRES: called by the driver, on its
  // own stack.
  void Release(std::uint32_t ordinal, bool abandoned);

 private:
  const std::size_t stack_size_;
  Reuse reuse_ = Reuse::kPooled;
  std::vector<std::unique_ptr<Body>> bodies_;
};

}  // namespace selvage::runtime

#endif  // SELVAGE_HARNESS_RUNTIME_BODY_H_
