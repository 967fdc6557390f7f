// TSan's settings for binaries that the harness is linked into; TSAN_OPTIONS overrides each.
//
// clang-format off
//  suppress_equal_*=0     every schedule's races are counted, not only the first
//  symbolize=0            the harness symbolizes what is shown, once: a report costs 150 us instead of milliseconds
//  atexit_sleep_ms=0      no second of waiting at the end of each test binary
// clang-format on
//
// A program that defines __tsan_default_options itself says SELVAGE_OWN_TSAN_DEFAULT_OPTIONS()
// (hooks.h) in the same file.

#include "selvage/harness/tsan/hooks.h"

extern "C" const char* __tsan_default_options();

extern "C" const char* __tsan_default_options() {
  return "suppress_equal_stacks=0:suppress_equal_addresses=0:symbolize=0:"
         "atexit_sleep_ms=0";
}

extern "C" void selvage_link_tsan_default_options() {}
