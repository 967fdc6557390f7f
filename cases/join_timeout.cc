// A join with a timeout, and then the result.

#include <chrono>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::join_timeout {
namespace {

constexpr int kAnswer = 42;

enum class Ask { kNever, kFirst };

template <Ask ask>
void Run() {
  const auto result = std::make_unique<Shared<int>>(0, "result");
  Thread slow("slow", [&shared = *result] {
    SleepFor(std::chrono::seconds(10));
    shared = kAnswer;
  });
  slow.join_for(std::chrono::seconds(2));
  if (ask == Ask::kFirst) {
    if (slow.is_alive()) return;
    // It may have ended between the timeout and the question: only a join orders its result before
    // what follows.
    if (slow.joinable()) slow.join();
  }
  const int answer = *result;
  SELVAGE_EXPECT(answer == kAnswer);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "join_timeout",
      .documents = {"000"},
      .goes_wrong =
          "A join that timed out looks like one that did not, and main reads a result that is not "
          "there yet.",
      .order_of_events =
          "The thread sleeps, main gives up waiting after two seconds and reads the result, the "
          "thread writes it.",
      .why_fixed = "Main asks is_alive() first, and uses the result only if the thread has ended.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<Ask::kNever>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<Ask::kFirst>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::join_timeout
