// What LeakSanitizer is told.
#ifndef SELVAGE_HARNESS_RUNTIME_LEAK_CHECK_H_
#define SELVAGE_HARNESS_RUNTIME_LEAK_CHECK_H_

namespace selvage::runtime {

// A task was given up: its destructors never run, and what it owned is never freed. From here on
// LeakSanitizer, which could only repeat that, stays silent in this process. Thread-safe.
void NoteAbandonedTask();

// Whether that has happened in this process. Thread-safe.
bool AnyTaskWasAbandoned();

}  // namespace selvage::runtime

// For a program that defines __lsan_is_turned_off itself: once in the file that has the definition,
// at namespace scope. The definition asks AnyTaskWasAbandoned().
#define SELVAGE_OWN_LSAN_IS_TURNED_OFF()               \
  extern "C" void selvage_link_lsan_is_turned_off() {} \
  static_assert(true)

#endif  // SELVAGE_HARNESS_RUNTIME_LEAK_CHECK_H_
