// Threads are assumed to finish in the order of their start.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::completion_order {
namespace {

constexpr int kThreads = 2;

class Finished {
 public:
  // The number of threads that have finished before.
  int Next() {
    Guard guard(lock_);
    const int before = count_;
    count_ = before + 1;
    return before;
  }

 private:
  Lock lock_{"finished lock"};
  Shared<int> count_{0, "finished"};
};

struct Log {
  Finished finished;
  // By the order of finishing, and by the number of the thread.
  int finished_as[kThreads] = {-1, -1};
  int result_of[kThreads] = {-1, -1};
};

void Work(Log& log, int index) {
  log.finished_as[log.finished.Next()] = index;
  log.result_of[index] = index;
}

enum class Assume { kOrderOfStart, kNothing };

template <Assume assume>
void Run() {
  const auto log = std::make_unique<Log>();
  Thread first("Thread 0", [&shared = *log] { Work(shared, 0); });
  Thread second("Thread 1", [&shared = *log] { Work(shared, 1); });
  first.join();
  second.join();
  for (int index = 0; index < kThreads; ++index) {
    if (assume == Assume::kOrderOfStart) {
      SELVAGE_EXPECT(log->finished_as[index] == index);
    } else {
      SELVAGE_EXPECT(log->result_of[index] == index);
    }
  }
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "completion_order",
      .documents = {"003"},
      .goes_wrong =
          "The scheduler decides which thread finishes first, and the order of their start says "
          "nothing about it.",
      .order_of_events =
          "Thread 0 is started, Thread 1 is started and finishes, Thread 0 finishes.",
      .why_fixed =
          "Each thread's result is kept under its own name, and used after that thread is joined.",
      .variants =
          {{"buggy", Role::kBuggy, Run<Assume::kOrderOfStart>, {FindingKind::kFailedExpectation}},
           {"fixed", Role::kFixed, Run<Assume::kNothing>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::completion_order
