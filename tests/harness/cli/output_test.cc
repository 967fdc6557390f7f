// An answer that nobody gets is an error.
#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::HasSubstr;

class Output : public CommandTest {
 protected:
  Output() { WriteFile("report.json", Feasible()); }
};

TEST_F(Output, FullDisk_IsThree) {
  const Ran ran = Shell("{ " SELVAGE_COMMAND " report report.json >/dev/full; } 2>&1");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.output, HasSubstr("cannot write to the standard output: No space left"));
}

TEST_F(Output, FullDisk_IsThreeForAFileToo) {
  const Ran ran = Run("report report.json -o /dev/full");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.output, HasSubstr("cannot write /dev/full: No space left"));
}

TEST_F(Output, ClosedPipe_IsThreeAndNotSilent) {
  // The reader is gone before the first byte, whoever is faster.
  const Ran ran = Shell("mkfifo pipe && { exec 3<>pipe; exec 4>pipe; exec 3<&-; " SELVAGE_COMMAND
                        " report report.json >&4; } 2>&1");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.output, HasSubstr("nobody reads the standard output any more"));
}

TEST_F(Output, ClosedStandardOutput_IsThree) {
  EXPECT_EQ(Shell("{ " SELVAGE_COMMAND " report report.json >&-; } 2>/dev/null").exit_code, 3);
}

TEST_F(Output, HelpToAFullDisk_IsThree) {
  EXPECT_EQ(Shell("{ " SELVAGE_COMMAND " --help >/dev/full; } 2>&1").exit_code, 3);
}

TEST_F(Output, MissingDirectory_IsTwoAndSaysSo) {
  const Ran ran = Run("report report.json -o none/out.txt");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("the directory has to be there"));
}

TEST_F(Output, FailedWork_LeavesTheOldFile) {
  WriteFile("out.json", "old");
  WriteFile("bad.json", "{");
  EXPECT_EQ(Run("merge report.json bad.json -o out.json").exit_code, 2);
  EXPECT_EQ(ReadFile("out.json"), "old");
}

TEST_F(Output, MayReplaceItsOwnInput) {
  EXPECT_EQ(Run("merge report.json report.json -o report.json").exit_code, 0);
  EXPECT_EQ(Run("check report.json").exit_code, 1);
}

}  // namespace
}  // namespace selvage::cli
