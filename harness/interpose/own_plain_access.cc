// The functions that -fsanitize=thread calls before plain accesses, where ThreadSanitizer is not
// linked: scheduling points in a plain build of a compiler without -fsanitize-coverage's callbacks
// (GCC).
//
// The linker takes them only if nobody else has any.

#include "selvage/harness/runtime/memory_access.h"

#define SELVAGE_PLAIN_ACCESS(name, size, kind)                                         \
  void name##size(const void* address) {                                               \
    selvage::runtime::BeforePlainAccess(selvage::runtime::OpKind::kind, address, size, \
                                        __builtin_return_address(0));                  \
  }
// One, however long it is.
#define SELVAGE_PLAIN_RANGE(name, kind)                                                \
  void name(const void* address, unsigned long size) {                                 \
    selvage::runtime::BeforePlainAccess(selvage::runtime::OpKind::kind, address, size, \
                                        __builtin_return_address(0));                  \
  }

extern "C" {

SELVAGE_PLAIN_ACCESS(__tsan_read, 1, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_read, 2, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_read, 4, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_read, 8, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_read, 16, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_write, 1, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_write, 2, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_write, 4, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_write, 8, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_write, 16, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_read, 2, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_read, 4, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_read, 8, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_read, 16, kLoad)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_write, 2, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_write, 4, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_write, 8, kStore)
SELVAGE_PLAIN_ACCESS(__tsan_unaligned_write, 16, kStore)
SELVAGE_PLAIN_RANGE(__tsan_read_range, kLoad)
SELVAGE_PLAIN_RANGE(__tsan_write_range, kStore)

// An object's pointer to its virtual functions changes only while it is made and destroyed.
void __tsan_vptr_read(const void*) {}
void __tsan_vptr_update(void**, void*) {}

}  // extern "C"
