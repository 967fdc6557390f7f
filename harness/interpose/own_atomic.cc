// The functions that -fsanitize=thread calls for atomic operations, where ThreadSanitizer is not
// linked: code compiled for it has scheduling points in a plain build, too.
//
// The linker takes them only if nobody else has any, and then none of the runtime's.

#include "selvage/harness/interpose/atomic_functions.h"

#define SELVAGE_ATOMIC_NAME(bits, op) __tsan_atomic##bits##_##op
#define SELVAGE_ATOMIC_SCOPE() static_assert(true)
#define SELVAGE_ATOMIC_DONE(kind, order) static_assert(true)
#define SELVAGE_ATOMIC_DO(bits, T, Op, op, arguments, with_order) \
  selvage::interpose::NativeAtomic<T>::Op arguments

extern "C" {

SELVAGE_ATOMIC_FUNCTIONS(8, selvage::interpose::Byte1)
SELVAGE_ATOMIC_FUNCTIONS(16, selvage::interpose::Byte2)
SELVAGE_ATOMIC_FUNCTIONS(32, selvage::interpose::Byte4)
SELVAGE_ATOMIC_FUNCTIONS(64, selvage::interpose::Byte8)

// Schedules are sequentially consistent: a fence adds nothing, and is no scheduling point.
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

}  // extern "C"
