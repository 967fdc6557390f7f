#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class DiffCommandTest : public CommandTest {
 protected:
  DiffCommandTest() {
    WriteFile("clean.json", Clean());
    WriteFile("feasible.json", Feasible());
    WriteFile("guarded.json", Guarded());
  }
};

TEST_F(DiffCommandTest, NewCycleThatCanDeadlock_IsOneAndShownInFull) {
  const Ran ran = Run("diff clean.json feasible.json");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, AllOf(StartsWith("lock order: 1 cycle is new or can deadlock now\n"),
                                HasSubstr("new     FEASIBLE: "), HasSubstr("how it deadlocks:"),
                                HasSubstr("new order   journal then accounts")));
}

TEST_F(DiffCommandTest, CycleThatIsGone_IsZero) {
  const Ran ran = Run("diff feasible.json clean.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output,
              AllOf(StartsWith("lock order: nothing got worse\n"), HasSubstr("gone    FEASIBLE: "),
                    HasSubstr("gone order  journal then accounts")));
}

TEST_F(DiffCommandTest, GuardTakenAway_IsOne) {
  const Ran ran = Run("diff guarded.json feasible.json");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, HasSubstr("changed from GUARDED to FEASIBLE"));
}

TEST_F(DiffCommandTest, GuardAdded_IsZero) {
  const Ran ran = Run("diff feasible.json guarded.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, HasSubstr("changed from FEASIBLE to GUARDED"));
}

TEST_F(DiffCommandTest, SameReport_IsZeroAndSaysNothingElse) {
  const Ran ran = Run("diff feasible.json feasible.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.output, "lock order: nothing got worse\n");
}

TEST_F(DiffCommandTest, NewHarmlessCycle_IsZero) {
  const Ran ran = Run("diff clean.json guarded.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, HasSubstr("new     GUARDED: "));
}

TEST_F(DiffCommandTest, ThirdReport_IsTwo) {
  EXPECT_EQ(Run("diff clean.json clean.json clean.json").exit_code, 2);
}

}  // namespace
}  // namespace selvage::cli
