// In front of ThreadSanitizer's functions for atomic operations, by the linker's --wrap
// (ci/cmake/SelvageInstrument.cmake): a scheduling point, then the operation as TSan does it, with
// the memory orders of the code. Its reports have the place in that code.

#include "selvage/harness/interpose/atomic_functions.h"
#include "selvage/harness/interpose/caller_scope.h"
#include "selvage/harness/tsan/fence_order.h"

#define SELVAGE_ATOMIC_NAME(bits, op) __wrap___tsan_atomic##bits##_##op
#define SELVAGE_ATOMIC_SCOPE()                  \
  const selvage::interpose::CallerScope caller( \
      reinterpret_cast<std::uintptr_t>(__builtin_return_address(0)))
#define SELVAGE_ATOMIC_DONE(kind, order)                                        \
  if (&selvage_program_has_fences != nullptr) {                                 \
    selvage::tsan::TellAtomic(selvage::tsan::AtomicKind::kind, address, order); \
  }                                                                             \
  static_assert(true)
#define SELVAGE_ATOMIC_DO(bits, T, Op, op, arguments, with_order) \
  __real___tsan_atomic##bits##_##op with_order

#define SELVAGE_REAL_ATOMIC_UPDATE(bits, T, op) \
  T __real___tsan_atomic##bits##_##op(volatile T* address, T value, int order);
#define SELVAGE_REAL_ATOMICS(bits, T)                                                             \
  T __real___tsan_atomic##bits##_load(const volatile T* address, int order);                      \
  void __real___tsan_atomic##bits##_store(volatile T* address, T value, int order);               \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, exchange)                                                   \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, fetch_add)                                                  \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, fetch_sub)                                                  \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, fetch_and)                                                  \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, fetch_or)                                                   \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, fetch_xor)                                                  \
  SELVAGE_REAL_ATOMIC_UPDATE(bits, T, fetch_nand)                                                 \
  T __real___tsan_atomic##bits##_compare_exchange_val(volatile T* address, T expected, T desired, \
                                                      int order, int failure_order);

extern "C" {

// In wrapped_fence.cc, which only a program with fences has.
__attribute__((weak)) void selvage_program_has_fences();

SELVAGE_REAL_ATOMICS(8, selvage::interpose::Byte1)
SELVAGE_REAL_ATOMICS(16, selvage::interpose::Byte2)
SELVAGE_REAL_ATOMICS(32, selvage::interpose::Byte4)
SELVAGE_REAL_ATOMICS(64, selvage::interpose::Byte8)
SELVAGE_REAL_ATOMICS(128, selvage::interpose::Byte16)

SELVAGE_ATOMIC_FUNCTIONS(8, selvage::interpose::Byte1)
SELVAGE_ATOMIC_FUNCTIONS(16, selvage::interpose::Byte2)
SELVAGE_ATOMIC_FUNCTIONS(32, selvage::interpose::Byte4)
SELVAGE_ATOMIC_FUNCTIONS(64, selvage::interpose::Byte8)
SELVAGE_ATOMIC_FUNCTIONS(128, selvage::interpose::Byte16)

}  // extern "C"
