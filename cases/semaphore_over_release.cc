// A semaphore that is given back more than was taken.

#include <atomic>
#include <chrono>
#include <memory>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/bounded_semaphore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/semaphore.h"
#include "selvage/primitives/thread.h"
#include "selvage/primitives/time.h"

namespace selvage::cases::semaphore_over_release {
namespace {

constexpr int kLimit = 1;

template <typename AnySemaphore>
class Resource {
 public:
  // What a `finally` does when the acquire before it has failed.
  void ReleaseOnly() { semaphore_.release(); }

  void Use() {
    Guard guard(semaphore_);
    const int users = users_.fetch_add(1) + 1;
    SELVAGE_EXPECT(users <= kLimit);
    SleepFor(std::chrono::seconds(1));
    users_.fetch_sub(1);
  }

 private:
  AnySemaphore semaphore_{kLimit, "semaphore"};
  // An observer and no part of the example: atomic, so that it adds no data race, and nothing to
  // schedule.
  std::atomic<int> users_{0};
};

enum class Release { kOnceTooOften, kAsTaken };

template <typename AnySemaphore, Release release>
void Run() {
  const auto resource = std::make_unique<Resource<AnySemaphore>>();
  if (release == Release::kOnceTooOften) resource->ReleaseOnly();
  Thread first("first", [&shared = *resource] { shared.Use(); });
  Thread second("second", [&shared = *resource] { shared.Use(); });
  first.join();
  second.join();
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "semaphore_over_release",
      .documents = {"003"},
      .goes_wrong =
          "A release without an acquire adds a permit that was never meant to exist, and from then "
          "on the limit is one too high.",
      .order_of_events =
          "A failed acquire is followed by its release, two threads acquire, and both are let in.",
      .why_fixed =
          "Only what was acquired is released, and a BoundedSemaphore says so at once where it is "
          "not.",
      .variants = {{"buggy",
                    Role::kBuggy,
                    Run<Semaphore, Release::kOnceTooOften>,
                    {FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, Run<BoundedSemaphore, Release::kAsTaken>, {}},
                   {"buggy_bounded",
                    Role::kBuggy,
                    Run<BoundedSemaphore, Release::kOnceTooOften>,
                    {FindingKind::kMisuse}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::semaphore_over_release
