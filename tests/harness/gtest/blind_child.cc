// The README's example in a build that sees neither plain memory nor has ThreadSanitizer.

#include "selvage/harness/gtest/test.h"
#include "selvage/primitives/shared.h"
#include "selvage/primitives/thread.h"

namespace selvage {
namespace {

SELVAGE_TEST(Counter, KeepsEveryIncrement, {.schedules = 20}) {
  int counter = 0;
  auto increment = [&counter] { ++counter; };
  Thread first("first", increment);
  Thread second("second", increment);
  first.join();
  second.join();
  EXPECT_EQ(counter, 2);
}

SELVAGE_TEST(Counter, Isolated, {.schedules = 20, .isolate = true}) {
  int counter = 0;
  Thread first("first", [&counter] { ++counter; });
  first.join();
}

SELVAGE_TEST(Counter, WithAMarkedVariable, {.schedules = 20}) {
  Shared<int> counter(0);
  Thread first("first", [&counter] { counter = 1; });
  first.join();
}

}  // namespace
}  // namespace selvage
