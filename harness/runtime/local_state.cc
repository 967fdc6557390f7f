#include "selvage/harness/runtime/local_state.h"

#include <unwind.h>

#include "selvage/harness/tsan/annotations.h"

namespace selvage::runtime {
namespace {

// The general registers that a call preserves, but for the stack pointer, in DWARF's numbering
// (System V ABI for x86-64, figure 3.36; DWARF for the Arm 64-bit Architecture, table 3).
#if defined(__x86_64__)
constexpr int kPreserved[] = {3, 6, 12, 13, 14, 15};
#elif defined(__aarch64__)
constexpr int kPreserved[] = {19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29};
#else
#error "which registers a call preserves is not known for this architecture"
#endif

// Deeper than this no operation of the harness asks for a state.
constexpr int kMostFrames = 32;

std::uint64_t Fold(std::uint64_t hash, std::uint64_t value) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
  hash = (hash ^ value) * kMultiplier;
  return hash ^ hash >> 32;
}

struct Search {
  std::uintptr_t site;
  int frames = 0;
  LocalState state;
  bool found = false;
};

_Unwind_Reason_Code LookAt(_Unwind_Context* context, void* argument) {
  auto* search = static_cast<Search*>(argument);
  if (++search->frames > kMostFrames) return _URC_END_OF_STACK;
  if (_Unwind_GetIP(context) != search->site) return _URC_NO_REASON;
  search->found = true;
  search->state.frame = _Unwind_GetCFA(context);
  for (const int number : kPreserved) {
    search->state.hash = Fold(search->state.hash, _Unwind_GetGR(context, number));
  }
  return _URC_END_OF_STACK;
}

// AddressSanitizer takes what lies between two variables for nobody's.
__attribute__((no_sanitize("address"))) std::uint64_t HashBytes(std::uint64_t hash,
                                                                std::uintptr_t from,
                                                                std::uintptr_t to) {
  for (; from + sizeof(std::uint64_t) <= to; from += sizeof(std::uint64_t)) {
    hash = Fold(hash, *reinterpret_cast<const volatile std::uint64_t*>(from));
  }
  return hash;
}

}  // namespace

std::optional<LocalState> CaptureLocalState(std::uintptr_t site, const void* stack_top) {
  // The unwinder clears and copies its context by memset and memcpy, which TSan intercepts.
  const tsan::IgnoreScope ignore;
  Search search{.site = site, .state = {}};
  _Unwind_Backtrace(LookAt, &search);
  if (!search.found) return std::nullopt;
  search.state.hash =
      HashBytes(search.state.hash, search.state.frame, reinterpret_cast<std::uintptr_t>(stack_top));
  return search.state;
}

}  // namespace selvage::runtime
