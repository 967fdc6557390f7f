// Shared<T>: each access is a scheduling point, whatever the compiler.

#include "selvage/primitives/shared.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "selvage/harness/explore.h"
#include "selvage/primitives/guard.h"
#include "selvage/primitives/lock.h"
#include "selvage/primitives/thread.h"
#include "selvage/tests/exploring.h"

namespace selvage {
namespace {

// This file is compiled without the compiler's callbacks: what is found here is found by Shared.
std::set<int> CountsAfterTwo(void (*increment)(Shared<int>&)) {
  std::set<int> counts;
  const Result result = Explore(
      [&] {
        Shared<int> counter(0, "counter");
        {
          const Thread other([&] { increment(counter); });
          increment(counter);
        }
        counts.insert(counter);
      },
      Exhaustively());
  EXPECT_TRUE(Proven(result)) << result.Text();
  return counts;
}

TEST(Shared, IncrementOfTwoTasks_LosesAnUpdateInSomeSchedules) {
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { counter = counter + 1; }),
            (std::set<int>{1, 2}));
}

TEST(Shared, CompoundOperators_AreALoadAndAStore) {
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { counter += 1; }), (std::set<int>{1, 2}));
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { ++counter; }), (std::set<int>{1, 2}));
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { counter++; }), (std::set<int>{1, 2}));
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { --counter; }), (std::set<int>{-1, -2}));
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { counter--; }), (std::set<int>{-1, -2}));
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) { counter -= 1; }), (std::set<int>{-1, -2}));
}

TEST(Shared, IncrementUnderALock_LosesNothing) {
  static Lock lock("of the counter");
  EXPECT_EQ(CountsAfterTwo([](Shared<int>& counter) {
              const Guard guard(lock);
              ++counter;
            }),
            (std::set<int>{2}));
}

TEST(Shared, Accesses_AreWrittenInTheTraceByName) {
  const Result result = Explore(
      [] {
        Shared<int> counter(0, "counter");
        {
          const Thread other([&] { counter = 1; });
          counter = 2;
        }
        SELVAGE_EXPECT(counter == 2);
      },
      Exhaustively());
  ASSERT_TRUE(result.Has(FindingKind::kFailedExpectation)) << result.Text();
  EXPECT_NE(result.findings[0].trace.find("store counter"), std::string::npos) << result.Text();
}

TEST(Shared, InAnOrdinaryThread_IsAnOrdinaryVariable) {
  Shared<std::string> text("a");
  text += "b";
  EXPECT_EQ(text.load(), "ab");
  Shared<int> number(1);
  EXPECT_EQ(number++, 1);
  EXPECT_EQ(number--, 2);
  EXPECT_EQ(number, 1);
  Shared<int> other;
  other = number;
  EXPECT_EQ(other, 1);
}

}  // namespace
}  // namespace selvage
