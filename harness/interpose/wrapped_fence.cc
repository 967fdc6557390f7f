// In front of ThreadSanitizer's function for fences, which does nothing, by the linker's --wrap:
// what the fence orders is told to TSan in other words. No scheduling point: schedules are
// sequentially consistent.

#include "selvage/harness/tsan/fence_order.h"

extern "C" {

void __real___tsan_atomic_thread_fence(int order);

void __wrap___tsan_atomic_thread_fence(int order);
void __wrap___tsan_atomic_thread_fence(int order) {
  selvage::tsan::TellFence(order);
  __real___tsan_atomic_thread_fence(order);
}

void selvage_program_has_fences();
void selvage_program_has_fences() {}

}  // extern "C"
