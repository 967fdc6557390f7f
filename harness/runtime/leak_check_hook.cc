// LeakSanitizer's question (sanitizer/lsan_interface.h) at the end of the process: whether not to
// look for leaks.
//
// A program that defines __lsan_is_turned_off itself says SELVAGE_OWN_LSAN_IS_TURNED_OFF()
// (leak_check.h) in the same file: this one is then not linked.

#include "selvage/harness/runtime/leak_check.h"
#include "selvage/harness/runtime/task.h"

extern "C" int __lsan_is_turned_off();

// Nor is found what the driver's stack owns, where a task ends the process.
extern "C" int __lsan_is_turned_off() {
  return selvage::runtime::AnyTaskWasAbandoned() || selvage::runtime::CurrentTask() != nullptr;
}

extern "C" void selvage_link_lsan_is_turned_off() {}
