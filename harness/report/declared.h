// What is declared where a call was made: the variables of a line, or the members of a class whose
// constructor it is.
#ifndef SELVAGE_HARNESS_REPORT_DECLARED_H_
#define SELVAGE_HARNESS_REPORT_DECLARED_H_

#include <elfutils/libdw.h>

#include <string>
#include <vector>

#include "selvage/harness/report/symbolize.h"

namespace selvage::report {

// The variables declared on `line` in `function` (a subprogram or an inlined one), in order; if it
// has none there, those of static storage duration in `unit`, for code that initialises them.
std::vector<Declared> VariablesAt(Dwarf_Die* function, Dwarf_Die* unit, unsigned line);

// Whether `function` is a constructor; if so, `members` are its class's own ones, in order.
bool MembersOfConstructed(const Dwarf_Die& function, std::vector<Declared>& members);

// The DIE that declares the function or type `die` belongs to: inlined and out-of-line instances
// refer to it.
Dwarf_Die Declaration(Dwarf_Die die);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_DECLARED_H_
