#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class OrderCommandTest : public CommandTest {};

TEST_F(OrderCommandTest, SeenOrder_IsReadAgainByCheck) {
  WriteFile("clean.json", Clean());
  EXPECT_EQ(Run("order clean.json -o order").exit_code, 0);
  EXPECT_THAT(ReadFile("order"), HasSubstr("'accounts' < 'journal'\n"));
  EXPECT_EQ(Run("check clean.json --order=order").exit_code, 0);
}

TEST_F(OrderCommandTest, SeenOrder_HoldsALaterRunToIt) {
  WriteFile("clean.json", Clean());
  WriteFile("turned.json", Report({{"journal", "accounts"}}));
  EXPECT_EQ(Run("order clean.json -o order").exit_code, 0);
  EXPECT_EQ(Run("check turned.json --order=order").exit_code, 1);
}

TEST_F(OrderCommandTest, PairTakenBothWays_IsLeftOut) {
  WriteFile("feasible.json", Feasible());
  EXPECT_THAT(Run("order feasible.json").output, Not(HasSubstr("accounts")));
}

}  // namespace
}  // namespace selvage::cli
