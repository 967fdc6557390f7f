// A task of a thread pool throws, and nobody looks.

#include <stdexcept>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/future.h"
#include "selvage/primitives/thread_pool.h"

namespace selvage::cases::pool_exception {
namespace {

void Fetch() { throw std::runtime_error("not found"); }

void RunWithoutLooking() {
  ThreadPoolExecutor pool(1, "pool");
  pool.submit("fetch", Fetch);
}

void RunAndLook() {
  ThreadPoolExecutor pool(1, "pool");
  const Future<void> fetched = pool.submit("fetch", Fetch);
  bool failed = false;
  try {
    fetched.get();
  } catch (const std::runtime_error&) {
    failed = true;
  }
  SELVAGE_EXPECT(failed);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "pool_exception",
      .documents = {"002"},
      .goes_wrong =
          "An exception of a task is kept in its future, and is dropped with it if nobody asks.",
      .order_of_events =
          "The task throws, the worker stores the exception in the future, the last copy of the "
          "future goes away.",
      .why_fixed = "get() throws the task's exception again, where the result is needed.",
      .variants = {{"buggy", Role::kBuggy, RunWithoutLooking, {FindingKind::kUnhandledException}},
                   {"fixed", Role::kFixed, RunAndLook, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::pool_exception
