#include "selvage/harness/report/static_variable.h"

#include <dwarf.h>

#include <cstddef>

namespace selvage::report {
namespace {

// Where it lies, if its location is an address and nothing else.
std::optional<Dwarf_Addr> AddressOf(Dwarf_Die* variable) {
  Dwarf_Attribute location;
  if (dwarf_attr(variable, DW_AT_location, &location) == nullptr) return std::nullopt;
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_getlocation(&location, &operations, &count) != 0 || count != 1) return std::nullopt;
  if (operations->atom == DW_OP_addr) return operations->number;
  // By its number in a table, which DWARF 5 has.
  Dwarf_Attribute operand;
  Dwarf_Addr address = 0;
  if ((operations->atom == DW_OP_addrx || operations->atom == DW_OP_GNU_addr_index) &&
      dwarf_getlocation_attr(&location, operations, &operand) == 0 &&
      dwarf_formaddr(&operand, &address) == 0) {
    return address;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Dwarf_Die> StaticVariables::Find(Dwarf* dwarf, Dwarf_Addr address) {
  for (const Depth depth : {Depth::kNamespaces, Depth::kFunctions}) {
    if (read_ < depth) Read(dwarf, depth);
    if (const auto found = variables_.find(address); found != variables_.end()) {
      return found->second;
    }
  }
  return std::nullopt;
}

void StaticVariables::Read(Dwarf* dwarf, Depth depth) {
  read_ = depth;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  Dwarf_Die split;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &die, &split) == 0) {
    Add(dwarf_tag(&split) == DW_TAG_compile_unit ? &split : &die, depth);
  }
}

void StaticVariables::Add(Dwarf_Die* scope, Depth depth) {
  Dwarf_Die child;
  if (dwarf_child(scope, &child) != 0) return;
  do {
    switch (dwarf_tag(&child)) {
      case DW_TAG_variable:
        if (const auto address = AddressOf(&child)) variables_.try_emplace(*address, child);
        break;
      case DW_TAG_namespace:
        Add(&child, depth);
        break;
      case DW_TAG_subprogram:
      case DW_TAG_lexical_block:
      case DW_TAG_inlined_subroutine:
      case DW_TAG_class_type:
      case DW_TAG_structure_type:
        if (depth == Depth::kFunctions) Add(&child, depth);
        break;
      default:
        break;
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

}  // namespace selvage::report
