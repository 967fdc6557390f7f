// Programs as a person at a terminal or a CI job runs them.
#ifndef SELVAGE_TESTS_SHELL_H_
#define SELVAGE_TESTS_SHELL_H_

#include <sys/wait.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>

namespace selvage {

struct Ran {
  int exit_code = -1;  // minus the signal, if one ended it
  std::string output;  // standard output and standard error
};

// Runs `command` in the shell, to its end.
inline Ran RunInShell(const std::string& command) {
  Ran ran;
  std::FILE* pipe = popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  std::array<char, 4096> part;
  for (std::size_t size; (size = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
    ran.output.append(part.data(), size);
  }
  const int status = pclose(pipe);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return ran;
}

}  // namespace selvage

#endif  // SELVAGE_TESTS_SHELL_H_
