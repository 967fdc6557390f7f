// What kind of build a replay token comes from.
#ifndef SELVAGE_HARNESS_SCHEDULE_BUILD_H_
#define SELVAGE_HARNESS_SCHEDULE_BUILD_H_

#include <cstdint>
#include <string>

namespace selvage::schedule {

// A sanitizer or another compiler puts scheduling points elsewhere, and sees other faults. Kept in
// tokens, so a kind keeps its number for ever: 1 plain, 2 ThreadSanitizer, 3 AddressSanitizer; + 4
// for GCC. 0: not known, as in tokens that do not say.
using Build = std::uint8_t;

// Of this process.
Build ThisBuild();

// "with ThreadSanitizer, by clang", to follow "a build".
std::string BuildText(Build build);

// Whether instrumented code in C can have scheduling points at read-modify-writes of atomic
// variables in this build, as code in C++ always can: AddressSanitizer excludes them.
bool SeesAtomicUpdatesOfC();

}  // namespace selvage::schedule

#endif  // SELVAGE_HARNESS_SCHEDULE_BUILD_H_
