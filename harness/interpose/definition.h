// The definitions behind the functions that this library puts in front of the C library's.
#ifndef SELVAGE_HARNESS_INTERPOSE_DEFINITION_H_
#define SELVAGE_HARNESS_INTERPOSE_DEFINITION_H_

#include <dlfcn.h>

#include <atomic>

namespace selvage::interpose {

// The next definition of `name`: the sanitizer's, unless `interceptor` is null, or else the
// library's behind this one. `version`, unless null, is the one of several that programs are linked
// with now: dlsym() might give the oldest. `known` keeps it: a static with a guard would ask for
// one of the functions in question.
template <typename Function>
Function* Next(std::atomic<Function*>& known, Function* interceptor, const char* name,
               const char* version = nullptr) {
  if (Function* next = known.load(std::memory_order_relaxed)) return next;
  Function* next = interceptor;
  if (next == nullptr) {
    void* found = version == nullptr ? nullptr : dlvsym(RTLD_NEXT, name, version);
    if (found == nullptr) found = dlsym(RTLD_NEXT, name);
    next = reinterpret_cast<Function*>(found);
  }
  known.store(next, std::memory_order_relaxed);
  return next;
}

}  // namespace selvage::interpose

// The next definition of a function that sanitizers may have, too: `__interceptor_function` is
// declared, weak.
#define SELVAGE_NEXT(function) SELVAGE_NEXT_VERSION(function, nullptr)
#define SELVAGE_NEXT_VERSION(function, version)                                            \
  ([] {                                                                                    \
    static constinit std::atomic<decltype(&__interceptor_##function)> known{nullptr};      \
    return selvage::interpose::Next(known, &__interceptor_##function, #function, version); \
  }())

#endif  // SELVAGE_HARNESS_INTERPOSE_DEFINITION_H_
