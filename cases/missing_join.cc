// Main uses the result of a thread that it has not joined.

#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage::cases::missing_join {
namespace {

constexpr int kAnswer = 42;

enum class Join { kAtEnd, kFirst };

template <Join join>
void Run() {
  const auto result = std::make_unique<Shared<int>>(0, "result");
  // Joined when it is destroyed, as Python joins it when the program ends.
  Thread worker("worker", [&shared = *result] { shared = kAnswer; });
  if (join == Join::kFirst) worker.join();
  const int answer = *result;
  SELVAGE_EXPECT(answer == kAnswer);
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "missing_join",
      .documents = {"003"},
      .goes_wrong =
          "The join is commented out, and main reads the result whether the thread has written it "
          "or not.",
      .order_of_events = "Main starts the thread and reads the result, the thread writes it.",
      .why_fixed =
          "join() returns when the thread has ended, and orders all it did before what main does "
          "next.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<Join::kAtEnd>,
                    {FindingKind::kDataRace, FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<Join::kFirst>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::missing_join
