#include "selvage/harness/report/user_frame.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace selvage::report {
namespace {

constexpr std::array<std::string_view, 17> kLibraryFunctions = {
    "std::",    "__gnu_cxx::",    "__cxxabiv1::",    "testing::",     "__tsan",   "__wrap___tsan",
    "__asan",   "__ubsan",        "__lsan",          "__msan",        "__hwasan", "__sanitizer",
    "__sancov", "__interceptor_", "___interceptor_", "pthread_", "__gthread_"};

// Start-up and stack-switching code, which is linked into executables or without debug information.
constexpr std::array<std::string_view, 11> kEntryFunctions = {"_start",
                                                              "__libc_start_main",
                                                              "__libc_start_main_impl",
                                                              "__libc_start_call_main",
                                                              "start_thread",
                                                              "clone3",
                                                              "__clone3",
                                                              "make_fcontext",
                                                              "jump_fcontext",
                                                              "ontop_fcontext",
                                                              "selvage_call_noting_throws"};

constexpr std::array<std::string_view, 6> kSystemDirectories = {
    "/usr/include/", "/usr/lib/", "/usr/lib64/", "/usr/src/", "/lib/", "/lib64/"};

// Wherever they were built: a toolchain's C++ library, the sanitizer runtimes of LLVM and GCC.
constexpr std::array<std::string_view, 3> kLibraryDirectories = {
    "/include/c++/", "/compiler-rt/lib/", "/libsanitizer/"};

template <std::size_t N>
bool StartsWithAny(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool IsSystemPath(const std::string& path) {
  if (path.empty()) return false;
  // Compilers spell their headers
  // "/usr/bin/../lib/gcc/x86_64-linux-gnu/12/../../../../include/c++/12/thread".
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  return StartsWithAny(normal, kSystemDirectories) ||
         std::any_of(kLibraryDirectories.begin(), kLibraryDirectories.end(),
                     [&](std::string_view part) { return normal.find(part) != std::string::npos; });
}

bool IsHarness(const Frame& frame) {
  // Templates of the public headers, whatever the demangler makes of their names.
  if (frame.file.find("/selvage/primitives/") != std::string::npos ||
      frame.file.find("/selvage/harness/") != std::string::npos) {
    return true;
  }
  if (frame.function.starts_with("selvage::cases::") ||
      frame.function.starts_with("selvage::tests::"))
    return false;
  // A test lies in the namespace of what it tests; only its path tells.
  const std::string directory =
      "/" + std::filesystem::path(frame.file).parent_path().string() + "/";
  if (directory.find("/tests/") != std::string::npos ||
      directory.find("/cases/") != std::string::npos) {
    return false;
  }
  // The functions in front of the C library's have the names of those.
  return frame.function.starts_with("selvage::") || directory.ends_with("/harness/interpose/");
}

}  // namespace

bool IsUserFrame(const Frame& frame) {
  if (frame.function.empty() && frame.file.empty()) return false;
  if (StartsWithAny(frame.function, kLibraryFunctions)) return false;
  if (std::find(kEntryFunctions.begin(), kEntryFunctions.end(), frame.function) !=
      kEntryFunctions.end())
    return false;
  return !IsSystemPath(frame.file) && !IsSystemPath(frame.module) &&
         !frame.module.starts_with("[") && !IsHarness(frame);
}

bool IsStdLock(const Frame& frame) {
  return frame.function == "std::lock" || frame.function == "std::__1::lock";
}

bool IsTryOfStdLock(const std::vector<Frame>& frames) {
  for (const Frame& frame : frames) {
    if (IsStdLock(frame)) return true;
    const std::string_view function = frame.function;
    const bool is_try = function == "try_lock" || function.ends_with("::try_lock");
    if (!is_try && IsUserFrame(frame)) return false;
  }
  return false;
}

Frame FirstUserFrame(const std::vector<Frame>& frames) {
  auto found = std::find_if(frames.begin(), frames.end(),
                            [](const Frame& f) { return f.line != 0 && IsUserFrame(f); });
  if (found == frames.end()) found = std::find_if(frames.begin(), frames.end(), IsUserFrame);
  return found != frames.end() ? *found : Frame{};
}

std::string ShortLocation(const Frame& frame) {
  if (frame.file.empty()) return frame.function.empty() ? "unknown location" : frame.function;
  std::string name = std::filesystem::path(frame.file).filename().string();
  if (frame.line != 0) name += ":" + std::to_string(frame.line);
  return name;
}

std::string DisplayPath(std::string_view path) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  const std::filesystem::path there(path);
  if (error || !there.is_absolute()) return std::string(path);
  const std::filesystem::path relative = there.lexically_normal().lexically_relative(here);
  if (relative.empty() || relative == "." || *relative.begin() == "..") return std::string(path);
  return relative.string();
}

}  // namespace selvage::report
