// In front of the function of ThreadSanitizer that each instrumented object file calls before main(),
// by the linker's --wrap.

#include "selvage/harness/runtime/memory_access.h"

extern "C" {

void __real___tsan_init();

void __wrap___tsan_init();
void __wrap___tsan_init() {
  selvage::runtime::program_has_instrumented_code = true;
  __real___tsan_init();
}

}  // extern "C"
