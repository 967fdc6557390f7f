// As own_atomic.cc, of 16 bytes: a file of its own, because not every processor of an architecture
// has such operations. Compiled for those that do.

#include "selvage/harness/interpose/atomic_functions.h"

#define SELVAGE_ATOMIC_NAME(bits, op) __tsan_atomic##bits##_##op
#define SELVAGE_ATOMIC_SCOPE() static_assert(true)
#define SELVAGE_ATOMIC_DONE(kind, order) static_assert(true)
#define SELVAGE_ATOMIC_DO(bits, T, Op, op, arguments, with_order) \
  selvage::interpose::NativeAtomic<T>::Op arguments

extern "C" {

SELVAGE_ATOMIC_FUNCTIONS(128, selvage::interpose::Byte16)

}  // extern "C"
