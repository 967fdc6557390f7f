#include "selvage/harness/runtime/body.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "selvage/harness/lockgraph/recorder.h"
#include "selvage/harness/runtime/futex.h"
#include "selvage/harness/runtime/kernel_thread.h"
#include "selvage/harness/runtime/leak_check.h"
#include "selvage/harness/runtime/task.h"
#include "selvage/harness/runtime/thread_pointer.h"

namespace selvage::runtime {
namespace {

// Left free between a body's parked frame and its task's first one: the parked frame's own locals
// and its red zone.
constexpr std::size_t kParkedFrameMargin = 4096;

[[noreturn]] void DieOfThread(const char* what, int error) {
  fprintf(stderr, "selvage: cannot %s for a task: %s\n", what, strerror(error));
  abort();
}

}  // namespace

std::size_t Body::LeastStackSize() {
  constexpr std::size_t kHarnessFrames = 48 * 1024;
  return static_cast<std::size_t>(sysconf(_SC_THREAD_STACK_MIN)) + kHarnessFrames;
}

Body::Body(std::size_t stack_size) {
  pthread_attr_t attributes;
  if (const int error = pthread_attr_init(&attributes)) DieOfThread("prepare a thread", error);
  if (const int error = pthread_attr_setstacksize(&attributes, stack_size)) {
    DieOfThread("reserve a stack", error);
  }
  if (const int error = pthread_attr_setguardsize(&attributes, kGuardSize)) {
    DieOfThread("guard a stack", error);
  }
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, &Body::ThreadMain, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) DieOfThread("start a thread", error);
  while (parked_.load(std::memory_order_acquire) == 0) FutexWait(parked_, 0);
}

Body::~Body() {
  released_.store(1, std::memory_order_release);
  FutexWake(released_, 1);
  pthread_join(thread_, nullptr);
}

void* Body::ThreadMain(void* self) {
  static_cast<Body*>(self)->Park();
  return nullptr;
}

__attribute__((noinline)) void Body::Park() {
  thread_pointer_ = ReadThreadPointer();
  kernel_thread_ = static_cast<std::uint64_t>(KernelThread());
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (const int error = pthread_getattr_np(pthread_self(), &attributes)) {
    DieOfThread("find the stack", error);
  }
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);

  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const std::uintptr_t top = (here - kParkedFrameMargin) & ~std::uintptr_t{63};
  stack_top_ = reinterpret_cast<void*>(top);
  lowest_ = reinterpret_cast<std::uintptr_t>(lowest);
  usable_size_ = top - lowest_;

  parked_.store(1, std::memory_order_release);
  FutexWake(parked_, 1);
  while (released_.load(std::memory_order_acquire) == 0) FutexWait(released_, 0);
  // A task that was abandoned here has left its marks; destructors of thread_locals run as an
  // ordinary thread.
  current_task = nullptr;
  lockgraph::AbandonThread();
}

Body& BodyPool::ForTask(std::uint32_t ordinal) {
  if (ordinal >= bodies_.size()) bodies_.resize(ordinal + 1);
  if (bodies_[ordinal] == nullptr) bodies_[ordinal] = std::make_unique<Body>(stack_size_);
  return *bodies_[ordinal];
}

void BodyPool::Release(std::uint32_t ordinal, bool abandoned) {
  if (abandoned) NoteAbandonedTask();
  if (abandoned || reuse_ == Reuse::kFresh) bodies_[ordinal].reset();
}

}  // namespace selvage::runtime
