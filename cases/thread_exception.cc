// An exception leaves a thread's function.

#include <exception>
#include <memory>
#include <stdexcept>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::thread_exception {
namespace {

// Throws std::runtime_error.
void Work() { throw std::runtime_error("no network"); }

void RunUncaught() {
  Thread worker("worker", Work);
  worker.join();
}

// Where the thread is not the harness's, the exception ends the program.
void RunUncaughtInProgram() {
  Thread worker("worker", []() noexcept { Work(); });
  worker.join();
}

void RunHandedOver() {
  const auto error = std::make_unique<std::exception_ptr>();
  Thread worker("worker", [&shared = *error] {
    try {
      Work();
    } catch (...) {
      shared = std::current_exception();
    }
  });
  worker.join();
  SELVAGE_EXPECT(*error != nullptr);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "thread_exception",
      .documents = {"002"},
      .goes_wrong =
          "Nobody can catch what leaves a thread's function: Python prints it and main goes on as "
          "if nothing had happened, C++ ends the program.",
      .order_of_events =
          "The thread is started, its function throws, the thread ends; main joins it.",
      .why_fixed =
          "The thread catches everything and hands it over, and main looks at it after the join.",
      .variants = {{"buggy", Role::kBuggy, RunUncaught, {FindingKind::kUnhandledException}},
                   {"buggy_program", Role::kBuggy, RunUncaughtInProgram, {FindingKind::kCrash}},
                   {"fixed", Role::kFixed, RunHandedOver, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::thread_exception
