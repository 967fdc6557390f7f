// The command line of this process, and commands that a person copies into a shell.
#ifndef SELVAGE_HARNESS_SETTINGS_COMMAND_LINE_H_
#define SELVAGE_HARNESS_SETTINGS_COMMAND_LINE_H_

#include <string>
#include <vector>

namespace selvage::settings {

// The arguments of this process, the program first, whoever wrote its main(). Thread-safe.
const std::vector<std::string>& ProcessArguments();

// `word` as a POSIX shell reads it: quoted where the shell would take a character of it for
// something else. O(length).
std::string ShellWord(const std::string& word);

// This program as a word for the shell from which it was started: as it was typed there, or the
// absolute path if its working directory is another than the shell's, as ctest may set it.
std::string ProgramWord();

// The command that runs this program again as it was run, with SELVAGE_REPLAY="{token}".
std::string ReplayCommand();

}  // namespace selvage::settings

#endif  // SELVAGE_HARNESS_SETTINGS_COMMAND_LINE_H_
