// What a process can still say of its end while it dies.
#ifndef SELVAGE_HARNESS_ISOLATION_LAST_WORDS_H_
#define SELVAGE_HARNESS_ISOLATION_LAST_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace selvage::isolation {

// Return addresses, innermost first.
struct CrashStack {
  static constexpr int kMost = 48;

  int depth;
  std::uintptr_t addresses[kMost];

  std::span<const std::uintptr_t> span() const {
    return {addresses, static_cast<std::size_t>(depth)};
  }
};

// Lies in memory shared with the process that reads it. All zero: nothing was said.
struct LastWords {
  bool spoken;
  // "SIGSEGV", "heap-use-after-free: write of 4 bytes", "exit(3)": without addresses, ended by 0.
  char what[512];
  bool stack_overflow;
  bool stuck;  // no crash: the watchdog has ended the process
  CrashStack stack;
  // Of the memory that AddressSanitizer's report is about.
  CrashStack freed;
  CrashStack allocated;
};

// From now on the end of this process by a signal of its own making, by std::terminate, by exit()
// or by a report of AddressSanitizer is written to `words`, and the process ends at once, without
// its exit handlers. Lasts for ever; to be called in a process that was forked for that.
void SpeakLastWordsTo(LastWords& words);

// Something that is said when the rest has been, where it may fail or take more than a few seconds:
// by the thread that ends the process, which may be in the middle of anything.
struct AlsoSay {
  void (*say)(void* of) = nullptr;
  void* of = nullptr;
};
void AlsoSayBeforeTheEnd(AlsoSay more);

// The words of a watchdog, for the task that the process is stuck in.
[[noreturn]] void SpeakOfStuckTask(const char* what, std::span<const std::uintptr_t> stack);

// For the program's own __asan_on_error (see SELVAGE_OWN_ASAN_ERROR_HOOK): does what the harness's
// would. Returns if this process is not a child of an isolated exploration.
void HandleAsanError();

// Goes once into the file that defines __asan_on_error itself, at namespace scope.
#define SELVAGE_OWN_ASAN_ERROR_HOOK()               \
  extern "C" void selvage_link_asan_error_hook() {} \
  static_assert(true)

}  // namespace selvage::isolation

#endif  // SELVAGE_HARNESS_ISOLATION_LAST_WORDS_H_
