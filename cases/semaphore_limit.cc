// A resource that at most three threads may use at once.

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::semaphore_limit {
namespace {

constexpr int kLimit = 3;
// One more than the limit shows that it is not kept.
constexpr int kThreads = kLimit + 1;

class Resource {
 public:
  void Use() {
    const int users = users_.fetch_add(1) + 1;
    SELVAGE_EXPECT(users <= kLimit);
    SleepFor(std::chrono::seconds(1));
    users_.fetch_sub(1);
  }

  void LimitedUse() {
    Guard guard(semaphore_);
    Use();
  }

 private:
  Semaphore semaphore_{kLimit, "semaphore"};
  // An observer and no part of the example: atomic, so that it adds no data race, and nothing to
  // schedule.
  std::atomic<int> users_{0};
};

template <void (Resource::*use)()>
void Run() {
  const auto resource = std::make_unique<Resource>();
  std::vector<Thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&shared = *resource] { (shared.*use)(); });
  }
  for (Thread& thread : threads) thread.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "semaphore_limit",
      .documents = {"000", "001", "003"},
      .goes_wrong = "Nothing keeps a fourth thread from the resource while three others use it.",
      .order_of_events = "Three threads begin to use the resource and sleep, a fourth begins.",
      .why_fixed =
          "A Semaphore(3) has three permits, and the fourth thread waits until one is "
          "given back.",
      .variants = {{"buggy", Role::kBuggy, Run<&Resource::Use>, {FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<&Resource::LimitedUse>, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::semaphore_limit
