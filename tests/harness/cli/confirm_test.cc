// selvage confirm, on a test binary of its own.

#include <regex>

#include "selvage/harness/lockgraph/analysis.h"
#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Confirm : public CommandTest {
 protected:
  // A report of the child's tests that match, from before any directed schedule.
  void Record(const std::string& filter) {
    Shell("SELVAGE_LOCK_ORDER=child.json '" SELVAGE_CHILD "' --gtest_filter=" + filter + " 2>&1");
    auto graph = report::ReadLockOrderJson(ReadFile("child.json"));
    ASSERT_TRUE(graph.ok()) << graph.status();
    graph->confirmations.clear();
    WriteFile("report.json", report::LockOrderJson(*graph, lockgraph::Analyse(*graph)));
  }

  Ran RunOnChild(const std::string& filter, const std::string& flags = "") {
    return Run("confirm report.json " + flags + " -- '" SELVAGE_CHILD "' --gtest_filter=" + filter);
  }
};

TEST_F(Confirm, PredictedDeadlock_IsConfirmedAndTheCommandShownReplaysIt) {
  Record("Bank.*");
  const Ran ran = RunOnChild("Bank.*");
  EXPECT_EQ(ran.exit_code, 1) << ran.output;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("1 predicted cycle: 1 confirmed"),
                                HasSubstr("accounts -> journal -> accounts"),
                                HasSubstr("CONFIRMED in 1 directed schedule")));
  std::smatch command;
  ASSERT_TRUE(std::regex_search(ran.output, command, std::regex("replay: (.*)"))) << ran.output;
  const Ran replay = Shell(command[1].str() + " 2>&1");
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_THAT(replay.output, HasSubstr("deadlock: "));
}

TEST_F(Confirm, DeadlockOfReadersBehindWriters_IsConfirmed) {
  Record("Library.*");
  EXPECT_THAT(Run("report report.json").output, HasSubstr("HAZARD"));
  const Ran ran = RunOnChild("Library.*");
  EXPECT_EQ(ran.exit_code, 1) << ran.output;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("1 predicted cycle: 1 confirmed"),
                                HasSubstr("books -> loans -> books"), HasSubstr("CONFIRMED")));
  std::smatch command;
  ASSERT_TRUE(std::regex_search(ran.output, command, std::regex("replay: (.*)"))) << ran.output;
  EXPECT_THAT(Shell(command[1].str() + " 2>&1").output, HasSubstr("deadlock: "));
}

TEST_F(Confirm, CommandShown_IsQuotedForTheShell) {
  Record("Bank.*");
  const Ran ran = Run("confirm report.json -- '" SELVAGE_CHILD "' '--gtest_filter=Bank.*:No such'");
  EXPECT_THAT(ran.output, HasSubstr("'--gtest_filter=Bank.*:No such' --selvage_replay=sv1-"));
}

TEST_F(Confirm, Interrupted_SaysSoAndLeavesNoTemporaryFiles) {
  WriteFile("report.json", Feasible());
  const Ran ran = Shell("TMPDIR=. " SELVAGE_COMMAND
                        " confirm report.json -- sh -c 'kill -INT $PPID; kill -INT $$'");
  EXPECT_EQ(ran.exit_code, 2) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("was ended by signal 2"));
  EXPECT_EQ(Shell("ls -d selvage.*").exit_code, 2);
}

TEST_F(Confirm, Output_IsTheReportWithTheVerdictAndTheToken) {
  Record("Bank.*");
  RunOnChild("Bank.*", "--output=confirmed.json");
  const auto graph = report::ReadLockOrderJson(ReadFile("confirmed.json"));
  ASSERT_TRUE(graph.ok()) << graph.status();
  const lockgraph::Analysis analysis = lockgraph::Analyse(*graph);
  ASSERT_EQ(analysis.cycles.size(), 1u);
  EXPECT_EQ(analysis.cycles[0].verdict, lockgraph::Verdict::kConfirmed);
  EXPECT_THAT(analysis.cycles[0].replay_token, HasSubstr("sv1-"));
}

TEST_F(Confirm, CycleThatDoesNotHappen_IsSaidSoWithTheNumberOfSchedules) {
  Record("Shop.*");
  const Ran ran = RunOnChild("Shop.*");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("did not happen in 200 directed schedules"));
}

TEST_F(Confirm, CycleOfOtherTests_IsSaidNotToHaveBeenTried) {
  Record("Bank.*");
  const Ran ran = RunOnChild("Shop.*");
  EXPECT_EQ(ran.exit_code, 3) << ran.output;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("1 not tried"), HasSubstr("only SELVAGE_TESTs")));
}

TEST_F(Confirm, ReportWithoutAPrediction_RunsNothing) {
  WriteFile("report.json", Clean());
  const Ran ran = Run("confirm report.json -- /nonexistent/binary");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, HasSubstr("0 predicted cycles"));
}

TEST_F(Confirm, WithoutABinary_IsWrongUsage) {
  WriteFile("report.json", Feasible());
  const Ran ran = Run("confirm report.json");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("the test binary is missing"));
}

TEST_F(Confirm, BinaryThatCannotBeRunOrRecordsNothing_IsSaidSo) {
  WriteFile("report.json", Feasible());
  const Ran missing = Run("confirm report.json -- ./missing");
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.output, HasSubstr("cannot run ./missing"));
  const Ran other = Run("confirm report.json -- sh -c 'echo says this; exit 7'");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.output, AllOf(HasSubstr("ended with exit code 7"), HasSubstr("| says this"),
                                  HasSubstr("linked with selvage::gtest")));
}

}  // namespace
}  // namespace selvage::cli
