#include "selvage/harness/report/declared.h"

#include <dwarf.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace selvage::report {
namespace {

std::string Name(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  const char* name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
  return name != nullptr ? name : "";
}

unsigned Line(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Word line = 0;
  dwarf_formudata(dwarf_attr_integrate(die, DW_AT_decl_line, &attribute), &line);
  return static_cast<unsigned>(line);
}

// The class of `die`, or of the elements if it is an array: "Lock".
std::string TypeName(Dwarf_Die* die) {
  Dwarf_Die type = *die;
  // A damaged file could have a circle of types.
  for (int depth = 0; depth < 16; ++depth) {
    Dwarf_Attribute attribute;
    Dwarf_Die next;
    if (dwarf_formref_die(dwarf_attr_integrate(&type, DW_AT_type, &attribute), &next) == nullptr) {
      return "";
    }
    type = next;
    switch (dwarf_tag(&type)) {
      case DW_TAG_typedef:
      case DW_TAG_const_type:
      case DW_TAG_volatile_type:
      case DW_TAG_array_type:
        continue;
      default:
        return Name(&type);
    }
  }
  return "";
}

Declared Described(Dwarf_Die* die) {
  const char* const file = dwarf_decl_file(die);
  return Declared{Name(die), TypeName(die), file != nullptr ? file : "", Line(die)};
}

template <typename Visitor>
void ForEachChild(Dwarf_Die* parent, const Visitor& visit) {
  Dwarf_Die child;
  if (dwarf_child(parent, &child) != 0) return;
  do {
    visit(&child);
  } while (dwarf_siblingof(&child, &child) == 0);
}

void AddVariables(Dwarf_Die* scope, unsigned line, std::vector<Declared>* found) {
  ForEachChild(scope, [&](Dwarf_Die* child) {
    switch (dwarf_tag(child)) {
      case DW_TAG_variable:
        if (Line(child) == line && !Name(child).empty()) found->push_back(Described(child));
        break;
      case DW_TAG_lexical_block:
      case DW_TAG_try_block:
      case DW_TAG_catch_block:
      case DW_TAG_namespace:
        AddVariables(child, line, found);
        break;
      default:
        break;
    }
  });
}

}  // namespace

Dwarf_Die Declaration(Dwarf_Die die) {
  for (const unsigned reference : {DW_AT_abstract_origin, DW_AT_specification}) {
    Dwarf_Attribute attribute;
    Dwarf_Die target;
    if (dwarf_attr(&die, reference, &attribute) != nullptr &&
        dwarf_formref_die(&attribute, &target) != nullptr) {
      die = target;
    }
  }
  return die;
}

std::vector<Declared> VariablesAt(Dwarf_Die* function, Dwarf_Die* unit, unsigned line) {
  std::vector<Declared> found;
  AddVariables(function, line, &found);
  // Optimised code keeps the variables it has no place for in the abstract function only.
  Dwarf_Attribute attribute;
  Dwarf_Die origin;
  if (found.empty() && dwarf_formref_die(dwarf_attr(function, DW_AT_abstract_origin, &attribute),
                                         &origin) != nullptr) {
    AddVariables(&origin, line, &found);
  }
  if (!found.empty()) return found;
  const std::string name = Name(function);
  const bool initialises = name.empty() || name.starts_with("__cxx_global_var_init") ||
                           name.starts_with("_GLOBAL__sub_I") ||
                           name.starts_with("__static_initialization_and_destruction");
  if (initialises) AddVariables(unit, line, &found);
  return found;
}

bool MembersOfConstructed(const Dwarf_Die& function, std::vector<Declared>& members) {
  Dwarf_Die declaration = Declaration(function);
  // One more step for an inlined instance of a function that is defined outside its class.
  declaration = Declaration(declaration);
  Dwarf_Die* scopes = nullptr;
  const int depth = dwarf_getscopes_die(&declaration, &scopes);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> owner(scopes, &std::free);
  if (depth < 2) return false;
  Dwarf_Die* const its_class = &scopes[1];
  const int tag = dwarf_tag(its_class);
  if (tag != DW_TAG_class_type && tag != DW_TAG_structure_type) return false;
  const std::string name = Name(&declaration);
  const std::string class_name = Name(its_class);
  // "Stack" constructs "Stack<int>".
  if (name.empty() || name != class_name.substr(0, class_name.find('<'))) return false;
  ForEachChild(its_class, [&](Dwarf_Die* child) {
    if (dwarf_tag(child) == DW_TAG_member) members.push_back(Described(child));
  });
  return true;
}

}  // namespace selvage::report
