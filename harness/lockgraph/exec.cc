// The functions that put another program in the place of this one, in front of the C library's: in
// a schedule that is an end of the process like exit(), and nobody else would tell of it. Whether
// they can succeed is asked before; where a program is sought in PATH, they are taken to.

#include <dlfcn.h>
#include <stdarg.h>
#include <unistd.h>

#include <vector>

#include "selvage/harness/lockgraph/endings.h"

namespace selvage::lockgraph {
namespace {

// Ends the process, with what was found told, if a schedule runs in it.
void BeforeExec(const char* function, const char* path) {
  if (path == nullptr || access(path, X_OK) != 0) return;
  EndForExec(function);
}

void BeforeExecInPath(const char* function, const char* file) {
  if (file == nullptr || file[0] == '\0') return;
  for (const char* c = file; *c != '\0'; ++c) {
    if (*c == '/') return BeforeExec(function, file);
  }
  EndForExec(function);
}

template <typename Function>
Function* NextOf(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// `first` and what follows, up to and with the null pointer.
std::vector<char*> Arguments(const char* first, va_list& rest) {
  std::vector<char*> arguments{const_cast<char*>(first)};
  while (arguments.back() != nullptr) arguments.push_back(va_arg(rest, char*));
  return arguments;
}

}  // namespace
}  // namespace selvage::lockgraph

using selvage::lockgraph::Arguments;
using selvage::lockgraph::BeforeExec;
using selvage::lockgraph::BeforeExecInPath;
using selvage::lockgraph::NextOf;

extern "C" {

int execve(const char* path, char* const argv[], char* const env[]) noexcept {
  BeforeExec("execve", path);
  return NextOf<decltype(execve)>("execve")(path, argv, env);
}

int execv(const char* path, char* const argv[]) noexcept {
  BeforeExec("execv", path);
  return NextOf<decltype(execv)>("execv")(path, argv);
}

int execvp(const char* file, char* const argv[]) noexcept {
  BeforeExecInPath("execvp", file);
  return NextOf<decltype(execvp)>("execvp")(file, argv);
}

int execvpe(const char* file, char* const argv[], char* const env[]) noexcept {
  BeforeExecInPath("execvpe", file);
  return NextOf<decltype(execvpe)>("execvpe")(file, argv, env);
}

int fexecve(int file, char* const argv[], char* const env[]) noexcept {
  selvage::lockgraph::EndForExec("fexecve");
  return NextOf<decltype(fexecve)>("fexecve")(file, argv, env);
}

int execl(const char* path, const char* argument, ...) noexcept {
  BeforeExec("execl", path);
  va_list rest;
  va_start(rest, argument);
  const std::vector<char*> arguments = Arguments(argument, rest);
  va_end(rest);
  return NextOf<decltype(execv)>("execv")(path, arguments.data());
}

int execlp(const char* file, const char* argument, ...) noexcept {
  BeforeExecInPath("execlp", file);
  va_list rest;
  va_start(rest, argument);
  const std::vector<char*> arguments = Arguments(argument, rest);
  va_end(rest);
  return NextOf<decltype(execvp)>("execvp")(file, arguments.data());
}

int execle(const char* path, const char* argument, ...) noexcept {
  BeforeExec("execle", path);
  va_list rest;
  va_start(rest, argument);
  const std::vector<char*> arguments = Arguments(argument, rest);
  char* const* const env = va_arg(rest, char* const*);
  va_end(rest);
  return NextOf<decltype(execve)>("execve")(path, arguments.data(), env);
}

}  // extern "C"
