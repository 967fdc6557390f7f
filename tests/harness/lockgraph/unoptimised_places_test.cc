// Where locks were taken, in code of which nothing is inlined: compiled without optimisation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <string>

#include "selvage/harness/lockgraph/names.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/shared_lock.h"
#include "selvage/tests/harness/lockgraph/real_scenario.h"

namespace selvage::tests {
namespace {

class UnoptimisedPlaces : public RealScenario {
 protected:
  // Where the only request with something held was made, and where what it holds was taken.
  std::string Places(const std::function<void()>& body) const {
    const RecordedGraph graph = RecordGraph(GetParam(), body);
    if (graph.dependencies.size() != 1) return "not one dependency";
    const lockgraph::Dependency& request = graph.dependencies[0];
    const lockgraph::Names names(graph);
    return names.Place(request.held[0].site) + " " + names.Place(request.site);
  }
};
SELVAGE_ON_BOTH_STAGES(UnoptimisedPlaces);

std::string Lines(int outer, int inner) {
  const std::string file = "unoptimised_places_test.cc:";
  return file + std::to_string(outer) + " " + file + std::to_string(inner);
}

// Outside of any macro, whose lines are all one.
constexpr int kGuards = __LINE__;
void TakeByGuards() {
  Lock a("A"), b("B");
  const Guard outer(a);
  const Guard inner(b);
}

TEST_P(UnoptimisedPlaces, OfGuards_AreTheirDeclarations) {
  EXPECT_EQ(Places(&TakeByGuards), Lines(kGuards + 3, kGuards + 4));
}

constexpr int kSharedGuards = __LINE__;
void TakeBySharedGuards() {
  SharedLock a("A"), b("B");
  const SharedGuard outer(a);
  const SharedGuard inner(b);
}

TEST_P(UnoptimisedPlaces, OfSharedGuards_AreTheirDeclarations) {
  EXPECT_EQ(Places(&TakeBySharedGuards), Lines(kSharedGuards + 3, kSharedGuards + 4));
}

constexpr int kStandardGuards = __LINE__;
void TakeByStandardGuards() {
  Lock a("A"), b("B");
  const std::lock_guard outer(a);
  const std::lock_guard inner(b);
}

TEST_P(UnoptimisedPlaces, OfTheStandardLibrarysGuards_AreTheirDeclarations) {
  EXPECT_EQ(Places(&TakeByStandardGuards), Lines(kStandardGuards + 3, kStandardGuards + 4));
}

void TakeTogether() {
  Lock a("A"), b("B"), c("C");
  InTurn({{"t1",
           [&] {
             const std::lock_guard outer(a);
             const std::scoped_lock both(b, c);
           }},
          {"t2", [&] { Nest(c, a); }}});
}

TEST_P(UnoptimisedPlaces, OfAScopedLock_AreKnownAsItsOwn) {
  EXPECT_THAT(Strongest(Play(&TakeTogether)), testing::StartsWith("FEASIBLE: two threads"));
}

}  // namespace
}  // namespace selvage::tests
