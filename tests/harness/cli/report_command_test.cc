#include <nlohmann/json.hpp>

#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ReportCommandTest : public CommandTest {
 protected:
  ReportCommandTest() { WriteFile("report.json", Feasible()); }
};

TEST_F(ReportCommandTest, WithoutFormat_IsText) {
  const Ran ran = Run("report report.json");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_THAT(ran.output, StartsWith("lock order: 1 FEASIBLE\n"));
}

TEST_F(ReportCommandTest, Json_IsTheReportItself) {
  EXPECT_EQ(Run("report report.json --format=json").output, Feasible());
}

TEST_F(ReportCommandTest, EveryFormat_BeginsAsItsReadersExpect) {
  EXPECT_THAT(Run("report report.json --format=dot").output, StartsWith("digraph"));
  EXPECT_THAT(Run("report report.json --format=svg").output, StartsWith("<?xml"));
  EXPECT_THAT(Run("report report.json --format=html").output, StartsWith("<!doctype html>"));
  EXPECT_EQ(nlohmann::json::parse(Run("report report.json --format=sarif").output)["version"],
            "2.1.0");
}

TEST_F(ReportCommandTest, Output_ChoosesTheFormatByItsEnding) {
  EXPECT_EQ(Run("report report.json --output=graph.svg").exit_code, 0);
  EXPECT_THAT(ReadFile("graph.svg"), StartsWith("<?xml"));
  EXPECT_EQ(Run("report report.json --output=graph.svg --format=dot").exit_code, 0);
  EXPECT_THAT(ReadFile("graph.svg"), StartsWith("digraph"));
}

TEST_F(ReportCommandTest, WrongFormat_IsTwoWithTheNearest) {
  const Ran ran = Run("report report.json --format=htm");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("there is no format \"htm\"; did you mean \"html\"?"));
}

TEST_F(ReportCommandTest, WithoutGraphviz_IsThreeAndSaysWhatToInstall) {
  for (const char* format : {"svg", "html"}) {
    const Ran ran = Shell("PATH=/nonexistent " SELVAGE_COMMAND " report report.json --format=" +
                          std::string(format) + " 2>&1");
    EXPECT_EQ(ran.exit_code, 3);
    EXPECT_THAT(ran.output, HasSubstr("install graphviz"));
  }
}

TEST_F(ReportCommandTest, SarifWithBaseline_SuppressesWhatIsAccepted) {
  WriteFile("accepted", Fingerprint(Feasible()) + " bank 2999-01-01 is being mended\n");
  const Ran ran = Run("report report.json --format=sarif --baseline=accepted");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_EQ(nlohmann::json::parse(ran.output)["runs"][0]["results"][0]["baselineState"],
            "unchanged");
}

TEST_F(ReportCommandTest, BaselineForAnotherFormat_IsTwo) {
  EXPECT_EQ(Run("report report.json --baseline=accepted").exit_code, 2);
}

TEST_F(ReportCommandTest, OutputOfAnUnknownEnding_IsTwoAndListsTheFormats) {
  const Ran ran = Run("report report.json -o x.unknown");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, testing::HasSubstr("text, json, dot, svg, html, sarif"));
}

TEST_F(ReportCommandTest, OutputDash_IsTheStandardOutput) {
  EXPECT_EQ(Run("report report.json -o -").output, Run("report report.json").output);
}

}  // namespace
}  // namespace selvage::cli
