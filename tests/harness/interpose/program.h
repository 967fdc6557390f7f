// Small programs as engineers write them, with what is wrong with each.
#ifndef SELVAGE_TESTS_HARNESS_INTERPOSE_PROGRAM_H_
#define SELVAGE_TESTS_HARNESS_INTERPOSE_PROGRAM_H_

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "selvage/harness/finding.h"

namespace selvage {

struct Program {
  std::string name;
  void (*body)();
  // None: it is correct.
  std::optional<FindingKind> fault = std::nullopt;
  // What the finding's summary has to say, among other things.
  std::string words = "";

  friend std::ostream& operator<<(std::ostream& out, const Program& program) {
    return out << program.name;
  }
};

// What the C++ library has for threads, correct programs and ones with a fault for each.
std::vector<Program> MutexPrograms();
std::vector<Program> ThreadPrograms();  // time and once, too
std::vector<Program>
LibraryPrograms();  // what the C++ library, and Abseil, do in code of their own
std::vector<Program> WaitingPrograms();  // condition variables, futures, what C++20 has
// The same for pthread functions and POSIX semaphores.
std::vector<Program> PosixPrograms();

// Runs both at a time, each in a std::thread.
void InTwoThreads(const std::function<void()>& first, const std::function<void()>& second);

}  // namespace selvage

#endif  // SELVAGE_TESTS_HARNESS_INTERPOSE_PROGRAM_H_
