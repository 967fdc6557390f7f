// Who gives back an exception that threads share is ordered before who gives it back last, and with
// that frees it.
//
// The C++ library counts the references of std::exception_ptr, and those of the text in
// std::logic_error and std::runtime_error, by atomic updates in code that TSan does not see: the
// end of an exception that one thread read and another destroyed looks like a race. So this file
// defines the functions that give a reference back, tells TSan what their update does (it acquires
// and releases), and calls the library's own. The definitions are weak: in a program with the
// library linked statically the library's stand, and TSan knows no more than without this file.
#include <dlfcn.h>

#include <atomic>
#include <cstring>
#include <exception>

#include "selvage/harness/tsan/annotations.h"

namespace selvage::tsan {
namespace {

// `known` keeps the next definition of `name`.
template <typename Function>
Function* Next(std::atomic<Function*>& known, const char* name) {
  if (Function* next = known.load(std::memory_order_relaxed)) return next;
  auto* next = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  known.store(next, std::memory_order_relaxed);
  return next;
}

void GiveBack(const void* shared) {
  if (shared == nullptr) return;
  Release(shared);
  Acquire(shared);
}

// Both classes have a table of virtual functions, and then the text, which copies share.
const void* TextOf(const void* error) {
  const void* text = nullptr;
  std::memcpy(&text, static_cast<const char*>(error) + sizeof(void*), sizeof text);
  return text;
}

}  // namespace
}  // namespace selvage::tsan

// The library's function `symbol`, of which `shared` says what `object` shares with others.
#define SELVAGE_TELL_OF(name, symbol, shared)                          \
  extern "C" {                                                         \
  __attribute__((weak, used)) void name(void* object) __asm__(symbol); \
  void name(void* object) {                                            \
    static constinit std::atomic<void (*)(void*)> known{nullptr};      \
    if (selvage::tsan::Present()) selvage::tsan::GiveBack(shared);     \
    selvage::tsan::Next(known, symbol)(object);                        \
  }                                                                    \
  }

// exception_ptr::_M_release(): the pointer's only member is the exception.
SELVAGE_TELL_OF(SelvageExceptionPtrRelease, "_ZNSt15__exception_ptr13exception_ptr10_M_releaseEv",
                *static_cast<void**>(object))
// Whoever frees it was the last.
SELVAGE_TELL_OF(SelvageFreeException, "__cxa_free_exception", object)
SELVAGE_TELL_OF(SelvageLogicErrorBaseEnd, "_ZNSt11logic_errorD2Ev", selvage::tsan::TextOf(object))
SELVAGE_TELL_OF(SelvageLogicErrorEnd, "_ZNSt11logic_errorD1Ev", selvage::tsan::TextOf(object))
SELVAGE_TELL_OF(SelvageRuntimeErrorBaseEnd, "_ZNSt13runtime_errorD2Ev",
                selvage::tsan::TextOf(object))
SELVAGE_TELL_OF(SelvageRuntimeErrorEnd, "_ZNSt13runtime_errorD1Ev", selvage::tsan::TextOf(object))

extern "C" {

// A handler has a reference as well. That of the pointer is given back first, and told.
__attribute__((weak, used)) void SelvageEndCatch() __asm__("__cxa_end_catch");
void SelvageEndCatch() {
  static constinit std::atomic<void (*)()> known{nullptr};
  if (selvage::tsan::Present()) static_cast<void>(std::current_exception());
  selvage::tsan::Next(known, "__cxa_end_catch")();
}

}  // extern "C"
