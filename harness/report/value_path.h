// Which part of a value lies at an offset, as the debug information of its type tells it.
#ifndef SELVAGE_HARNESS_REPORT_VALUE_PATH_H_
#define SELVAGE_HARNESS_REPORT_VALUE_PATH_H_

#include <elfutils/libdw.h>

#include <optional>
#include <string>

namespace selvage::report {

// The type of what `die` declares, as it is declared; nothing if it has none.
std::optional<Dwarf_Die> TypeOf(Dwarf_Die* die);
// Bytes; 0 if that is not known.
Dwarf_Word SizeOf(Dwarf_Die type);
// Empty if it has none.
std::string NameOf(Dwarf_Die* die);

// The name of the type of what `die` declares, or of its elements if that is an array.
std::string ElementTypeName(Dwarf_Die die);

// ".limit", "[3].first" of what lies `offset` bytes into a value of the type of `die`, as far as
// that has names.
std::string PathTo(Dwarf_Die* die, Dwarf_Word offset);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_VALUE_PATH_H_
