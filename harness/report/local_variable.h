// From an address on a stack to the local variable that has it.
#ifndef SELVAGE_HARNESS_REPORT_LOCAL_VARIABLE_H_
#define SELVAGE_HARNESS_REPORT_LOCAL_VARIABLE_H_

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>

#include "selvage/harness/report/stack.h"

namespace selvage::report {

struct FoundLocal {
  std::string name = {};    // "counter", "config.limit", "table[3]"; empty: none was found
  Dwarf_Die function = {};  // that declares it: a subprogram, or one inlined into it
};

// The variable or parameter of `function`, or of what is inlined into it at `pc`, that lies in
// memory at `address` while the function has `frame`. `pc` is an address of the debug information.
// Those that move, or lie where only a computation tells, are not found. Linear in what the
// function declares.
FoundLocal FindLocal(Dwarf_Die function, Dwarf_Addr pc, const StackFrame& frame,
                     std::uintptr_t address);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_LOCAL_VARIABLE_H_
