// This test has no harness, and so nothing of what stands in front of ThreadSanitizer's functions.

extern "C" {

void __real___tsan_init();

void __wrap___tsan_init();
void __wrap___tsan_init() { __real___tsan_init(); }

}  // extern "C"
