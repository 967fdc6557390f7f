#include "selvage/harness/schedule/build.h"

#include "absl/strings/str_cat.h"
#include "selvage/harness/tsan/annotations.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage::schedule {
namespace {

constexpr Build kPlain = 1;
constexpr Build kTsan = 2;
constexpr Build kAsan = 3;
constexpr Build kSanitizer = 3;  // the bits that say which
constexpr Build kGcc = 4;

}  // namespace

Build ThisBuild() {
#if defined(__clang__)
  constexpr Build kCompiler = 0;
#else
  constexpr Build kCompiler = kGcc;
#endif
  const Build sanitizer = tsan::Present() ? kTsan : &__asan_init != nullptr ? kAsan : kPlain;
  return static_cast<Build>(sanitizer | kCompiler);
}

std::string BuildText(Build build) {
  const char* const compiler = (build & kGcc) != 0 ? "GCC" : "clang";
  switch (build & kSanitizer) {
    case kTsan:
      return absl::StrCat("with ThreadSanitizer, by ", compiler);
    case kAsan:
      return absl::StrCat("with AddressSanitizer, by ", compiler);
    default:
      return absl::StrCat("without a sanitizer, by ", compiler);
  }
}

bool SeesAtomicUpdatesOfC() { return (ThisBuild() & kSanitizer) != kAsan; }

}  // namespace selvage::schedule
