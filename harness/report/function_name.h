// Function names as a person would say them.
#ifndef SELVAGE_HARNESS_REPORT_FUNCTION_NAME_H_
#define SELVAGE_HARNESS_REPORT_FUNCTION_NAME_H_

#include <string>
#include <string_view>

namespace selvage::report {

// The readable part of `name`, a linkage name ("_ZN3fooIiE3barEv") or a demangled one: qualified,
// but without return type, argument lists, template arguments, qualifiers, unnamed namespaces,
// compiler and version suffixes. A lambda's call operator is "Enclosing::{lambda}". Of a name that
// is neither C++ nor C, or is malformed, what could be read. Linear. Thread-safe.
std::string ShortFunctionName(std::string_view name);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_FUNCTION_NAME_H_
