#include "selvage/harness/report/value_path.h"

#include <dwarf.h>

#include <string_view>

#include "absl/strings/str_cat.h"

namespace selvage::report {
namespace {

constexpr int kDeepestType = 16;  // a damaged file could have a circle of types

// The same without names and qualifiers.
std::optional<Dwarf_Die> PlainTypeOf(Dwarf_Die* die) {
  std::optional<Dwarf_Die> type = TypeOf(die);
  for (int depth = 0; type && depth < kDeepestType; ++depth) {
    switch (dwarf_tag(&*type)) {
      case DW_TAG_typedef:
      case DW_TAG_const_type:
      case DW_TAG_volatile_type:
        type = TypeOf(&*type);
        continue;
      default:
        return type;
    }
  }
  return std::nullopt;
}

// Names that only a library's implementation may have ([lex.name]) say nothing to its users.
bool IsReserved(std::string_view name) {
  return name.starts_with("__") ||
         (name.size() > 1 && name[0] == '_' && name[1] >= 'A' && name[1] <= 'Z');
}

bool HasSeveralDimensions(Dwarf_Die array) {
  Dwarf_Die dimension;
  return dwarf_child(&array, &dimension) == 0 && dwarf_siblingof(&dimension, &dimension) == 0;
}

std::string PathTo(Dwarf_Die* die, Dwarf_Word offset, int depth) {
  std::optional<Dwarf_Die> type = PlainTypeOf(die);
  if (!type || depth == kDeepestType) return "";
  const int tag = dwarf_tag(&*type);
  if (tag == DW_TAG_array_type) {
    const std::optional<Dwarf_Die> element = TypeOf(&*type);
    const Dwarf_Word size = element ? SizeOf(*element) : 0;
    if (size == 0 || HasSeveralDimensions(*type)) return "";
    return absl::StrCat("[", offset / size, "]", PathTo(&*type, offset % size, depth + 1));
  }
  if (tag != DW_TAG_structure_type && tag != DW_TAG_class_type) return "";
  Dwarf_Die child;
  if (dwarf_child(&*type, &child) != 0) return "";
  do {
    const bool is_base = dwarf_tag(&child) == DW_TAG_inheritance;
    Dwarf_Attribute attribute;
    Dwarf_Word begin = 0;
    if ((!is_base && dwarf_tag(&child) != DW_TAG_member) ||
        dwarf_formudata(dwarf_attr(&child, DW_AT_data_member_location, &attribute), &begin) != 0) {
      continue;
    }
    const std::optional<Dwarf_Die> its_type = TypeOf(&child);
    if (!its_type || offset < begin || offset - begin >= SizeOf(*its_type)) continue;
    const std::string name = NameOf(&child);
    if (IsReserved(name)) return "";
    return absl::StrCat(is_base || name.empty() ? "" : ".", name,
                        PathTo(&child, offset - begin, depth + 1));
  } while (dwarf_siblingof(&child, &child) == 0);
  return "";
}

}  // namespace

std::optional<Dwarf_Die> TypeOf(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), &type) == nullptr) {
    return std::nullopt;
  }
  return type;
}

Dwarf_Word SizeOf(Dwarf_Die type) {
  Dwarf_Word size = 0;
  return dwarf_aggregate_size(&type, &size) == 0 ? size : 0;
}

std::string NameOf(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  const char* name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
  return name != nullptr ? name : "";
}

std::string ElementTypeName(Dwarf_Die die) {
  std::optional<Dwarf_Die> type = PlainTypeOf(&die);
  for (int depth = 0; type && depth < kDeepestType && dwarf_tag(&*type) == DW_TAG_array_type;
       ++depth) {
    type = PlainTypeOf(&*type);
  }
  return type ? NameOf(&*type) : "";
}

std::string PathTo(Dwarf_Die* die, Dwarf_Word offset) { return PathTo(die, offset, 0); }

}  // namespace selvage::report
