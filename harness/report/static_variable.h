// From an address of a program to the variable with static storage that lies there, and which part
// of it.
#ifndef SELVAGE_HARNESS_REPORT_STATIC_VARIABLE_H_
#define SELVAGE_HARNESS_REPORT_STATIC_VARIABLE_H_

#include <elfutils/libdw.h>

#include <optional>
#include <unordered_map>

namespace selvage::report {

// The variables with static storage that a module's debug information tells of, by their addresses
// there. Built by the first look-up: linear in what the units declare outside of functions, and,
// for variables of functions, in all of them. Not thread-safe.
class StaticVariables {
 public:
  // The variable that begins at `address`.
  std::optional<Dwarf_Die> Find(Dwarf* dwarf, Dwarf_Addr address);

 private:
  enum class Depth { kNothing, kNamespaces, kFunctions };

  void Read(Dwarf* dwarf, Depth depth);
  void Add(Dwarf_Die* scope, Depth depth);

  Depth read_ = Depth::kNothing;
  std::unordered_map<Dwarf_Addr, Dwarf_Die> variables_;
};

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_STATIC_VARIABLE_H_
