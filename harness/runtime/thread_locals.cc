#include "selvage/harness/runtime/thread_locals.h"

#include <link.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string_view>
#include <vector>

#include "selvage/harness/runtime/task.h"
#include "selvage/harness/runtime/thread_pointer.h"
#include "selvage/harness/symbols/program_symbols.h"

namespace selvage::runtime {
namespace {

// What stays with the thread, by the beginnings of the symbols.
constexpr std::string_view kKept[] = {"_ZN7selvage4tsan",
                                      "_ZN7selvage5crash",
                                      "_ZN7selvage7runtime",
                                      "_ZN7selvage9lockgraph",
                                      "_ZN7selvage10interpose",
                                      "_ZN7selvage16ThreadLocalSlots",
                                      "_ZN7testing",
                                      "_ZN11__sanitizer",
                                      "_ZN6__asan",
                                      "_ZN6__lsan",
                                      "_ZN6__tsan",
                                      "_ZN7__ubsan"};

// One whose place in the block is known by other means.
constexpr std::string_view kKnownVariable = "_ZN7selvage7runtime12current_taskE";

bool IsKept(std::string_view name) {
  // Reserved for the compiler, whose own variables say which of the program's are initialised.
  if (name.starts_with("__")) return name != "__tls_guard";
  return std::any_of(std::begin(kKept), std::end(kKept),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// Bytes from the beginning of the program's block.
struct Range {
  std::uintptr_t begin;
  std::uintptr_t end;
};

struct Layout {
  std::vector<Range> ranges;      // sorted
  std::uintptr_t block = 0;       // where it begins, from the thread pointer on
  const char* image = nullptr;    // what it starts with
  std::uintptr_t image_size = 0;  // bytes; the rest is 0
};

constinit std::atomic<const Layout*> layout{nullptr};

void FindImage(Layout& of) {
  // The program comes first.
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* argument) {
        auto& found = *static_cast<Layout*>(argument);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_TLS) continue;
          found.image = reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr);
          found.image_size = segment.p_filesz;
        }
        return 1;
      },
      &of);
}

Layout Find() {
  Layout found;
  bool is_known = false;
  symbols::ForEachProgramSymbol([&](const symbols::ProgramSymbol& symbol) {
    if (symbol.kind != symbols::SymbolKind::kThreadLocal) return;
    if (symbol.name == kKnownVariable) {
      is_known = true;
      found.block =
          reinterpret_cast<std::uintptr_t>(&current_task) - ReadThreadPointer() - symbol.address;
    }
    if (IsKept(symbol.name)) return;
    found.ranges.push_back({symbol.address, symbol.address + symbol.size});
  });
  FindImage(found);
  if (!is_known || found.image == nullptr) found.ranges.clear();
  std::sort(found.ranges.begin(), found.ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  return found;
}

}  // namespace

void FindThreadLocals() {
  static std::once_flag once;
  std::call_once(once, [] { layout.store(new Layout(Find()), std::memory_order_release); });
}

void RenewThreadLocals(std::uintptr_t thread_pointer) {
  const Layout* const known = layout.load(std::memory_order_acquire);
  if (known == nullptr) return;
  for (const Range& range : known->ranges) {
    auto* to = reinterpret_cast<char*>(thread_pointer + known->block + range.begin);
    const std::uintptr_t size = range.end - range.begin;
    const std::uintptr_t given =
        range.begin < known->image_size ? std::min(size, known->image_size - range.begin) : 0;
    std::memcpy(to, known->image + range.begin, given);
    std::memset(to + given, 0, size - given);
  }
}

bool IsRenewed(const void* address) {
  const Layout* const known = layout.load(std::memory_order_acquire);
  if (known == nullptr) return false;
  const std::uintptr_t at =
      reinterpret_cast<std::uintptr_t>(address) - ReadThreadPointer() - known->block;
  return std::any_of(known->ranges.begin(), known->ranges.end(),
                     [at](const Range& range) { return at >= range.begin && at < range.end; });
}

}  // namespace selvage::runtime
