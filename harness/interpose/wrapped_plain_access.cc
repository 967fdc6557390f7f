// In front of ThreadSanitizer's functions for plain accesses, by the linker's --wrap
// (ci/cmake/SelvageInstrument.cmake), for a compiler without -fsanitize-coverage's callbacks (GCC):
// a scheduling point, then TSan's own function of a kind that is told the place of the access.

#include "selvage/harness/runtime/memory_access.h"

extern "C" {

#define SELVAGE_WRAPPED_ACCESS(name, size, kind)                                       \
  void __tsan_##name##size##_pc(void* address, void* pc);                              \
  void __wrap___tsan_##name##size(void* address);                                      \
  void __wrap___tsan_##name##size(void* address) {                                     \
    selvage::runtime::BeforePlainAccess(selvage::runtime::OpKind::kind, address, size, \
                                        __builtin_return_address(0));                  \
    __tsan_##name##size##_pc(address, __builtin_return_address(0));                    \
  }

SELVAGE_WRAPPED_ACCESS(read, 1, kLoad)
SELVAGE_WRAPPED_ACCESS(read, 2, kLoad)
SELVAGE_WRAPPED_ACCESS(read, 4, kLoad)
SELVAGE_WRAPPED_ACCESS(read, 8, kLoad)
SELVAGE_WRAPPED_ACCESS(read, 16, kLoad)
SELVAGE_WRAPPED_ACCESS(write, 1, kStore)
SELVAGE_WRAPPED_ACCESS(write, 2, kStore)
SELVAGE_WRAPPED_ACCESS(write, 4, kStore)
SELVAGE_WRAPPED_ACCESS(write, 8, kStore)
SELVAGE_WRAPPED_ACCESS(write, 16, kStore)

void __tsan_read_range_pc(void* address, unsigned long size, void* pc);
void __tsan_write_range_pc(void* address, unsigned long size, void* pc);

// Those that are not aligned have no kind that is told the place, but ranges have.
#define SELVAGE_WRAPPED_UNALIGNED(size, access, kind)                                  \
  void __wrap___tsan_unaligned_##access##size(void* address);                          \
  void __wrap___tsan_unaligned_##access##size(void* address) {                         \
    selvage::runtime::BeforePlainAccess(selvage::runtime::OpKind::kind, address, size, \
                                        __builtin_return_address(0));                  \
    __tsan_##access##_range_pc(address, size, __builtin_return_address(0));            \
  }

SELVAGE_WRAPPED_UNALIGNED(2, read, kLoad)
SELVAGE_WRAPPED_UNALIGNED(4, read, kLoad)
SELVAGE_WRAPPED_UNALIGNED(8, read, kLoad)
SELVAGE_WRAPPED_UNALIGNED(16, read, kLoad)
SELVAGE_WRAPPED_UNALIGNED(2, write, kStore)
SELVAGE_WRAPPED_UNALIGNED(4, write, kStore)
SELVAGE_WRAPPED_UNALIGNED(8, write, kStore)
SELVAGE_WRAPPED_UNALIGNED(16, write, kStore)

#define SELVAGE_WRAPPED_RANGE(access, kind)                                            \
  void __wrap___tsan_##access##_range(void* address, unsigned long size);              \
  void __wrap___tsan_##access##_range(void* address, unsigned long size) {             \
    selvage::runtime::BeforePlainAccess(selvage::runtime::OpKind::kind, address, size, \
                                        __builtin_return_address(0));                  \
    __tsan_##access##_range_pc(address, size, __builtin_return_address(0));            \
  }

SELVAGE_WRAPPED_RANGE(read, kLoad)
SELVAGE_WRAPPED_RANGE(write, kStore)

}  // extern "C"
