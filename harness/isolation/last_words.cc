#include "selvage/harness/isolation/last_words.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "selvage/harness/crash/fatal_handlers.h"
#include "selvage/harness/crash/raw_signal.h"
#include "selvage/harness/interpose/signal_handler.h"
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

// Signal handlers run here: the task's own stack may be what has run out, and debug information,
// which is read by AlsoSay, takes deep functions. In bytes; no more memory than is used.
constexpr std::size_t kSignalStackSize = std::size_t{8} << 20;

constexpr unsigned kSecondsToSayMore = 5;

LastWords* last_words = nullptr;
AlsoSay also_say;

[[noreturn]] void End() {
  last_words->spoken = true;
  if (also_say.say != nullptr) {
    // It may wait for a lock that this thread holds.
    crash::RestoreRawAction(SIGALRM, {});
    sigset_t alarm_signal;
    sigemptyset(&alarm_signal);
    sigaddset(&alarm_signal, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &alarm_signal, nullptr);
    alarm(kSecondsToSayMore);
    const auto say = std::exchange(also_say.say, nullptr);
    say(also_say.of);
  }
  // Not _exit(): a sanitizer would look for leaks first.
  syscall(SYS_exit_group, 1);
  __builtin_unreachable();
}

void CaptureStackAfter(int skip) {
  last_words->stack.depth =
      report::CaptureStack(last_words->stack.addresses, CrashStack::kMost, skip + 1);
}

void OnLastSignal(int number, siginfo_t* info, void* context);
constinit crash::FatalHandlers fatal_handlers(&OnLastSignal);

void OnLastSignal(int number, siginfo_t* info, void* context) {
  if (interpose::ProgramHandles(number)) {
    return fatal_handlers.LetTheProgramHandle(number, info, context);
  }
  crash::RestoreRawAction(number, {});  // should the last words crash, too
  const tsan::IgnoreScope unseen;
  last_words->stack_overflow = crash::IsStackOverflow(number, *info);
  // What std::terminate said is more than that it called abort().
  if (last_words->what[0] == '\0') {
    snprintf(last_words->what, sizeof(last_words->what), "%s%s", crash::SignalName(number),
             last_words->stack_overflow ? ", a stack overflow," : "");
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
  void* const memory = mmap(nullptr, kSignalStackSize, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) {
    const stack_t stack{.ss_sp = memory, .ss_flags = 0, .ss_size = kSignalStackSize};
    sigaltstack(&stack, nullptr);
  }
  fatal_handlers.Install();
  std::set_terminate(&OnTerminate);
  on_exit(&OnExit, nullptr);
}

void AlsoSayBeforeTheEnd(AlsoSay more) { also_say = more; }

void SpeakOfStuckTask(const char* what, std::span<const std::uintptr_t> stack) {
  snprintf(last_words->what, sizeof(last_words->what), "%s", what);
  last_words->stack.depth =
      static_cast<int>(std::min<std::size_t>(stack.size(), CrashStack::kMost));
  std::copy_n(stack.begin(), last_words->stack.depth, last_words->stack.addresses);
  last_words->stuck = true;
  End();
}

}  // namespace selvage::isolation
