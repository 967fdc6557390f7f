#include "selvage/harness/interpose/foreign.h"

#include <link.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "selvage/harness/symbols/program_symbols.h"

extern "C" const char __executable_start;
extern "C" const char _end;

namespace selvage::interpose {
namespace {

struct Range {
  std::uintptr_t begin;
  std::uintptr_t end;
};

// Libraries, by the beginnings of their files' names.
constexpr std::string_view kLibraries[] = {
    "libc.so",  "libc-",   "ld-linux", "libpthread", "libdl",        "librt",
    "libgcc_s", "libasan", "libtsan",  "libubsan",   "libclang_rt",  "libdw",
    "libelf",   "libz.so", "libgtest", "libgmock",   "libbacktrace", "linux-vdso"};

// Functions and variables of the program, by the beginnings of their symbols: what is in namespace
// testing, or a table, thunk or guard of it; templates of it that were made for the program too.
constexpr std::string_view kSymbols[] = {"_ZN7testing",   "_ZNK7testing", "_ZGVN7testing",
                                         "_ZTVN7testing", "_ZThn",        "_ZN11__sanitizer",
                                         "_ZN6__tsan",    "_ZN6__asan"};

bool IsForeignSymbol(std::string_view name) {
  // A thunk is foreign if what it leads to is.
  if (name.starts_with("_ZThn")) return name.find("N7testing") < 12;
  return std::any_of(std::begin(kSymbols), std::end(kSymbols),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// Foreign symbols of the program.
void AddSymbols(std::vector<Range>& ranges) {
  symbols::ForEachProgramSymbol([&](const symbols::ProgramSymbol& symbol) {
    if (symbol.kind == symbols::SymbolKind::kThreadLocal || !IsForeignSymbol(symbol.name)) return;
    ranges.push_back({symbol.address, symbol.address + symbol.size});
  });
}

constexpr std::string_view kStandardLibraries[] = {"libstdc++.so", "libc++.so", "libc++abi.so"};

// What is found out. A vector each, of ranges in order that do not touch.
struct Code {
  std::vector<Range> foreign;
  std::vector<Range> standard_library;
};

int AddLibrary(dl_phdr_info* info, std::size_t, void* argument) {
  auto& code = *static_cast<Code*>(argument);
  const std::string_view path = info->dlpi_name;
  const std::string_view file = path.substr(path.rfind('/') + 1);
  const auto begins_file = [&](std::string_view prefix) { return file.starts_with(prefix); };
  std::vector<Range>* ranges = nullptr;  // none: the program itself, or a library like it
  if (std::ranges::any_of(kLibraries, begins_file)) ranges = &code.foreign;
  if (std::ranges::any_of(kStandardLibraries, begins_file)) ranges = &code.standard_library;
  if (ranges == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD) continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    ranges->push_back({begin, begin + segment.p_memsz});
  }
  return 0;
}

// Sorted, and joined where they touch.
std::vector<Range> Joined(std::vector<Range> ranges) {
  // What lies between two functions of one library is padding.
  constexpr std::uintptr_t kPadding = 16;
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::vector<Range> joined;
  for (const Range& range : ranges) {
    if (!joined.empty() && range.begin <= joined.back().end + kPadding) {
      joined.back().end = std::max(joined.back().end, range.end);
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

bool Contains(const std::vector<Range>& ranges, std::uintptr_t address) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), address,
                       [](std::uintptr_t at, const Range& range) { return at < range.begin; });
  return after != ranges.begin() && address < std::prev(after)->end;
}

constinit std::atomic<const Code*> known_code{nullptr};

}  // namespace

void FindForeignCode() {
  static std::once_flag once;
  std::call_once(once, [] {
    auto* found = new Code;
    AddSymbols(found->foreign);
    dl_iterate_phdr(&AddLibrary, found);
    found->foreign = Joined(std::move(found->foreign));
    found->standard_library = Joined(std::move(found->standard_library));
    known_code.store(found, std::memory_order_release);
  });
}

bool IsForeign(std::uintptr_t address) {
  const Code* code = known_code.load(std::memory_order_acquire);
  return code == nullptr || Contains(code->foreign, address);  // not known: nothing is controlled
}

bool IsOfStandardLibrary(std::uintptr_t address) {
  const Code* code = known_code.load(std::memory_order_acquire);
  return code != nullptr && Contains(code->standard_library, address);
}

bool IsOfProgram(std::uintptr_t address) {
  // Where the linker says the program begins and ends.
  return address >= reinterpret_cast<std::uintptr_t>(&__executable_start) &&
         address < reinterpret_cast<std::uintptr_t>(&_end) && !IsForeign(address);
}

}  // namespace selvage::interpose
