// The command line, for Abseil's flags: as absl::ParseCommandLine, but that wrong usage is an error
// to return, names the flag that was meant, and that a flag with a list may be repeated.
#ifndef SELVAGE_CASES_FLAGS_H_
#define SELVAGE_CASES_FLAGS_H_

#include <string>

#include "absl/status/status.h"

namespace selvage::cases {

// Sets the program's flags: "--name value", "--name=value"; for a bool also "--name" and
// "--noname". Flags of type std::vector<std::string> gather the values of all their mentions.
// kInvalidArgument with a sentence for the user if a flag is unknown, has no value or a wrong one,
// or if something else than flags is there; some flags may be set then.
absl::Status ParseFlags(int argc, const char* const* argv);

// Every flag of the program with its help text and its default, in alphabetical order.
std::string FlagsHelp();

}  // namespace selvage::cases

#endif  // SELVAGE_CASES_FLAGS_H_
