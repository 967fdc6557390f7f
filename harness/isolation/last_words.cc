#include "selvage/harness/isolation/last_words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <exception>
#include <iterator>
#include <string>

#include "selvage/harness/report/stack.h"
#include "selvage/harness/runtime/exception_text.h"
#include "selvage/harness/tsan/annotations.h"

extern "C" {
// AddressSanitizer's debugging interface (sanitizer/asan_interface.h).
__attribute__((weak)) const char* __asan_get_report_description();
__attribute__((weak)) int __asan_get_report_access_type();
__attribute__((weak)) std::size_t __asan_get_report_access_size();
__attribute__((weak)) void* __asan_get_report_address();
__attribute__((weak)) std::size_t __asan_get_alloc_stack(void* address, void** trace,
                                                         std::size_t size, int* thread);
__attribute__((weak)) std::size_t __asan_get_free_stack(void* address, void** trace,
                                                        std::size_t size, int* thread);
// Defined beside the hook, or by a program that brings its own.
void selvage_link_asan_error_hook();
}

namespace selvage::isolation {
namespace {

constexpr struct {
  int number;
  const char* name;
} kSignals[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
                {SIGILL, "SIGILL"},   {SIGABRT, "SIGABRT"}, {SIGTRAP, "SIGTRAP"}};

// Signal handlers run here: the task's own stack may be what has run out.
constexpr std::size_t kSignalStackSize = 64 * 1024;
alignas(64) char signal_stack[kSignalStackSize];

LastWords* last_words = nullptr;

[[noreturn]] void End() {
  last_words->spoken = true;
  // Not _exit(): a sanitizer would look for leaks first.
  syscall(SYS_exit_group, 1);
  __builtin_unreachable();
}

void CaptureStackAfter(int skip) {
  last_words->stack.depth =
      report::CaptureStack(last_words->stack.addresses, CrashStack::kMost, skip + 1);
}

void OnSignal(int number) {
  const tsan::IgnoreScope unseen;
  // What std::terminate said is more than that it called abort().
  if (last_words->what[0] == '\0') {
    for (const auto& signal : kSignals) {
      if (signal.number == number) {
        snprintf(last_words->what, sizeof(last_words->what), "%s", signal.name);
      }
    }
  }
  CaptureStackAfter(1);
  End();
}

void OnTerminate() {
  {
    const tsan::IgnoreScope unseen;
    const std::exception_ptr thrown = std::current_exception();
    const std::string why = thrown ? runtime::DescribeException(thrown) : "no exception";
    snprintf(last_words->what, sizeof(last_words->what), "std::terminate: %s", why.c_str());
  }
  abort();
}

void OnExit(int status, void*) {
  const tsan::IgnoreScope unseen;
  snprintf(last_words->what, sizeof(last_words->what), "exit(%d)", status);
  CaptureStackAfter(1);
  End();
}

void ReadAsanStack(std::size_t (*get)(void*, void**, std::size_t, int*), CrashStack& stack) {
  if (get == nullptr) return;
  void* trace[CrashStack::kMost] = {};
  int thread = 0;
  stack.depth = static_cast<int>(get(__asan_get_report_address(), trace,
                                     static_cast<std::size_t>(CrashStack::kMost), &thread));
  for (int i = 0; i < stack.depth; ++i) {
    stack.addresses[i] = reinterpret_cast<std::uintptr_t>(trace[i]);
  }
}

}  // namespace

void HandleAsanError() {
  if (last_words == nullptr) return;
  const std::size_t size = __asan_get_report_access_size();
  char access[64] = "";
  if (size > 0) {
    snprintf(access, sizeof(access), ": %s of %zu byte%s",
             __asan_get_report_access_type() != 0 ? "write" : "read", size, size == 1 ? "" : "s");
  }
  const char* description = __asan_get_report_description();
  snprintf(last_words->what, sizeof(last_words->what), "%s%s",
           description == nullptr ? "an error that AddressSanitizer found" : description, access);
  CaptureStackAfter(1);
  ReadAsanStack(&__asan_get_free_stack, last_words->freed);
  ReadAsanStack(&__asan_get_alloc_stack, last_words->allocated);
  End();
}

void SpeakLastWordsTo(LastWords& words) {
  selvage_link_asan_error_hook();
  last_words = &words;
  // For this kernel thread, on which all tasks run.
  const stack_t stack{.ss_sp = signal_stack, .ss_flags = 0, .ss_size = kSignalStackSize};
  sigaltstack(&stack, nullptr);
  for (const auto& signal : kSignals) {
    struct sigaction action = {};
    action.sa_handler = &OnSignal;
    action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    sigfillset(&action.sa_mask);
    sigaction(signal.number, &action, nullptr);
  }
  std::set_terminate(&OnTerminate);
  on_exit(&OnExit, nullptr);
}

}  // namespace selvage::isolation
