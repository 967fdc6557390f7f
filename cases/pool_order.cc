// Results of a thread pool, in the order in which they were ready.

#include <memory>
#include <vector>

#include "selvage/cases/registry.h"
#include "selvage/harness/explore.h"
#include "selvage/primitives/future.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread_pool.h"

namespace selvage::cases::pool_order {
namespace {

int Double(int n) { return 2 * n; }

class Results {
 public:
  void Append(int result) {
    Guard guard(lock_);
    results_.push_back(result);
  }
  const std::vector<int>& all() const { return results_; }

 private:
  Lock lock_{"results lock"};
  std::vector<int> results_;
};

void RunAppending() {
  const auto results = std::make_unique<Results>();
  {
    ThreadPoolExecutor pool(2, "pool");
    pool.submit([&shared = *results] { shared.Append(Double(1)); });
    pool.submit([&shared = *results] { shared.Append(Double(2)); });
  }
  SELVAGE_EXPECT(results->all()[0] == Double(1));
  SELVAGE_EXPECT(results->all()[1] == Double(2));
}

void RunMap() {
  ThreadPoolExecutor pool(2, "pool");
  const std::vector<int> results = pool.map(Double, std::vector<int>{1, 2});
  SELVAGE_EXPECT(results[0] == Double(1));
  SELVAGE_EXPECT(results[1] == Double(2));
}

}  // namespace

const Case& TheCase() {
  static const Case* const kCase = new Case{
      .name = "pool_order",
      .documents = {"002"},
      .goes_wrong =
          "Tasks end in any order, so that a list to which each appends its result does not follow "
          "the order of the inputs.",
      .order_of_events =
          "The first task is begun, the second is begun by another worker and appends its result "
          "first.",
      .why_fixed =
          "map() returns the results in the order of the inputs, whichever was ready first.",
      .variants = {{"buggy", Role::kBuggy, RunAppending, {FindingKind::kFailedExpectation}},
                   {"fixed", Role::kFixed, RunMap, {}}},
  };
  return *kCase;
}

}  // namespace selvage::cases::pool_order
