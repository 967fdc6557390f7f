// Tells TSan who called a function that is not compiled for it.
#ifndef SELVAGE_HARNESS_INTERPOSE_CALLER_SCOPE_H_
#define SELVAGE_HARNESS_INTERPOSE_CALLER_SCOPE_H_

#include <cstdint>

extern "C" {
// What TSan has at the beginning and the end of each function that is compiled for it.
__attribute__((weak)) void __tsan_func_entry(void* return_address);
__attribute__((weak)) void __tsan_func_exit();
}

namespace selvage::interpose {

// While one lives, TSan's reports have the place in the caller's code.
class CallerScope {
 public:
  explicit CallerScope(std::uintptr_t return_address) {
    if (&__tsan_func_entry != nullptr) {
      __tsan_func_entry(reinterpret_cast<void*>(return_address));
    }
  }
  ~CallerScope() {
    if (&__tsan_func_exit != nullptr) __tsan_func_exit();
  }
  CallerScope(const CallerScope&) = delete;
  CallerScope& operator=(const CallerScope&) = delete;
};

}  // namespace selvage::interpose

#endif  // SELVAGE_HARNESS_INTERPOSE_CALLER_SCOPE_H_
