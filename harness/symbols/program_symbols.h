// The symbol table of the running program, without its shared libraries.
#ifndef SELVAGE_HARNESS_SYMBOLS_PROGRAM_SYMBOLS_H_
#define SELVAGE_HARNESS_SYMBOLS_PROGRAM_SYMBOLS_H_

#include <cstdint>
#include <functional>
#include <string_view>

namespace selvage::symbols {

enum class SymbolKind { kFunction, kVariable, kThreadLocal };

struct ProgramSymbol {
  std::string_view name;  // mangled; valid during the call
  SymbolKind kind;
  // Where it lies in memory; of a thread_local, in bytes from the beginning of the program's block.
  std::uintptr_t address;
  std::size_t size;  // bytes, not 0
};

// Calls `visit` for each, in no order; for none if the program has been stripped. Reads the file
// from which it was started: linear in its size.
void ForEachProgramSymbol(const std::function<void(const ProgramSymbol&)>& visit);

}  // namespace selvage::symbols

#endif  // SELVAGE_HARNESS_SYMBOLS_PROGRAM_SYMBOLS_H_
