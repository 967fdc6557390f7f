#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::HasSubstr;

class MergeCommandTest : public CommandTest {
 protected:
  MergeCommandTest() {
    WriteFile("forward.json", Report({{"accounts", "journal"}, {}}, "forward"));
    WriteFile("backward.json", Report({{}, {"journal", "accounts"}}, "backward"));
  }
};

TEST_F(MergeCommandTest, CycleOfWhichEachRunSawOneHalf_IsFoundAndMarked) {
  EXPECT_EQ(Run("check forward.json").exit_code, 0);
  EXPECT_EQ(Run("check backward.json").exit_code, 0);
  EXPECT_EQ(Run("merge forward.json backward.json -o merged.json").exit_code, 0);
  const Ran ran = Run("check merged.json");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, HasSubstr("FEASIBLE"));
  EXPECT_THAT(ReadFile("merged.json"), HasSubstr("\"merged\":true"));
}

TEST_F(MergeCommandTest, Runs_KeepTheirNames) {
  const std::string merged = Run("merge forward.json backward.json").output;
  EXPECT_THAT(merged, HasSubstr("{\"name\":\"forward\"}"));
  EXPECT_THAT(merged, HasSubstr("{\"name\":\"backward\"}"));
}

TEST_F(MergeCommandTest, OfTheSameReports_IsTheSameBytes) {
  EXPECT_EQ(Run("merge forward.json backward.json").output,
            Run("merge forward.json backward.json").output);
}

TEST_F(MergeCommandTest, OneUnreadableReport_IsTwoAndNamesIt) {
  const Ran ran = Run("merge forward.json missing.json -o merged.json");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("cannot open missing.json"));
  EXPECT_FALSE(std::filesystem::exists(directory + "/merged.json"));
}

}  // namespace
}  // namespace selvage::cli
