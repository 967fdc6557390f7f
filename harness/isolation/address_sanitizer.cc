// AddressSanitizer's hook, where its reports about isolated tasks become findings.
//
// __asan_on_error is a weak function meant for applications, called before the report is printed.
// A program that defines it itself says SELVAGE_OWN_ASAN_ERROR_HOOK() (last_words.h) in the same
// file: this one is then not linked, and it hands over by HandleAsanError().

#include "selvage/harness/isolation/last_words.h"

extern "C" void __asan_on_error();

extern "C" void __asan_on_error() { selvage::isolation::HandleAsanError(); }

extern "C" void selvage_link_asan_error_hook() {}
