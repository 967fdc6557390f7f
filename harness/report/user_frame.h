// Which frames of a stack are the user's own code, and how a place in it is printed.
#ifndef SELVAGE_HARNESS_REPORT_USER_FRAME_H_
#define SELVAGE_HARNESS_REPORT_USER_FRAME_H_

#include <string>
#include <string_view>
#include <vector>

#include "selvage/harness/report/symbolize.h"

namespace selvage::report {

// Whether `frame` is code of the user: not of the C and C++ libraries, GoogleTest, a sanitizer's
// runtime, or the harness and its primitives. Cases and tests count as users, also inside namespace
// selvage. Decided by name, source path and module path, so that a binary without debug information
// still gets an answer; a frame with neither function nor file is not the user's.
bool IsUserFrame(const Frame& frame);

// Whether `frames`, of a stack whose innermost function is a try_lock(), say that std::lock or
// std::scoped_lock called it, through lockables of the user perhaps. Found by the functions' names:
// where these are inlined, as they are with optimisation, only debug information has them.
bool IsTryOfStdLock(const std::vector<Frame>& frames);

// Whether `frame` is std::lock itself.
bool IsStdLock(const Frame& frame);

// The innermost user frame of a resolved stack that has a source line, else the innermost user
// frame, else an empty Frame.
Frame FirstUserFrame(const std::vector<Frame>& frames);

// "counter.cc:31"; without a line just the file, without a file the function, and "unknown
// location" without either.
std::string ShortLocation(const Frame& frame);

// `path` relative to the current directory if it lies below it, else unchanged. "." and ".." inside
// an absolute path are resolved by spelling, without looking at the file system, when that is what
// shows it to lie below.
std::string DisplayPath(std::string_view path);

}  // namespace selvage::report

#endif  // SELVAGE_HARNESS_REPORT_USER_FRAME_H_
