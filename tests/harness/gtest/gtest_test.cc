// SELVAGE_TEST as its user sees it: output, exit codes, flags and environment of a test binary.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "selvage/tests/shell.h"

namespace selvage {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// Runs the child binary's tests that match `filter`.
Ran RunChild(const std::string& filter, const std::string& arguments = "",
             const std::string& environment = "") {
  return RunInShell("env -u GTEST_OUTPUT " + environment +
                    " '" SELVAGE_CHILD "' '--gtest_filter=" + filter + "' " + arguments);
}

int CountOf(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// The first token that is printed; empty if there is none.
std::string TokenIn(const std::string& output) {
  std::smatch match;
  return std::regex_search(output, match, std::regex("sv1-[A-Za-z0-9_-]+")) ? match[0].str() : "";
}

TEST(SelvageTest, ThatPasses_SaysNothing) {
  const Ran run = RunChild("Passing.*");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("[  PASSED  ] 2 tests."), Not(HasSubstr("selvage")),
                                Not(HasSubstr("schedules"))));
}

TEST(SelvageTest, FailingAssertionInATask_IsOneFailureWithTraceAndReplayCommand) {
  const Ran run = RunChild("Failing.AssertionInATask");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_EQ(CountOf(run.output, ": Failure"), 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("assertion at child.cc:"));
  EXPECT_THAT(run.output, HasSubstr("seen by a task"));
  EXPECT_THAT(run.output, ContainsRegex("step +main +first +second"));
  EXPECT_THAT(run.output,
              HasSubstr("--gtest_filter=Failing.AssertionInATask --selvage_replay=sv1-"));
}

TEST(SelvageTest, ReplayCommand_FailsInTheSameWayWhenCopiedToAShell) {
  const Ran run = RunChild("Failing.AssertionInATask");
  std::smatch match;
  ASSERT_TRUE(std::regex_search(run.output, match, std::regex("replay: ([^\n]*)"))) << run.output;
  FILE* pipe = popen((match[1].str() + " 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> part;
  for (std::size_t size; (size = fread(part.data(), 1, part.size(), pipe)) > 0;) {
    output.append(part.data(), size);
  }
  const int status = pclose(pipe);
  EXPECT_EQ(WEXITSTATUS(status), 1) << output;
  EXPECT_EQ(CountOf(output, ": Failure"), 1) << output;
  EXPECT_THAT(output, AllOf(HasSubstr("assertion at child.cc:"), HasSubstr("of 1 schedules"),
                            HasSubstr(TokenIn(run.output))));
}

TEST(SelvageTest, FatalAssertion_EndsTheBodyOfItsSchedule) {
  const Ran run = RunChild("Failing.FatalAssertionInTheBody");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_EQ(CountOf(run.output, ": Failure"), 1) << run.output;
  const std::string token = TokenIn(run.output);
  ASSERT_NE(token, "") << run.output;
  const Ran replay = RunChild("Failing.FatalAssertionInTheBody", "--selvage_replay=" + token);
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_THAT(replay.output, Not(HasSubstr("after the assertion")));
}

TEST(SelvageTest, Deadlock_IsAFailureThatNamesTheLocks) {
  const Ran run = RunChild("Failing.Deadlock");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("deadlock: "), HasSubstr("Lock 'a'"),
                                HasSubstr("Lock 'b'"), HasSubstr("--selvage_replay=sv1-")));
}

// GoogleTest holds a mutex of its own while it takes a failure in, and runs instrumented code
// meanwhile.
TEST(SelvageTest, AssertionsThatFailInEverySchedule_AreReportedOnceEach) {
  const Ran run = RunChild("Failing.TwoAssertions");
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(CountOf(run.output, "in the task"), 1) << run.output;
  EXPECT_EQ(CountOf(run.output, "in the body"), 1) << run.output;
  EXPECT_THAT(run.output, HasSubstr("seen in 20 of 20 schedules"));
}

TEST(SelvageTest, AssertionOutsideOfSchedules_FailsAsEver) {
  const Ran run = RunChild("Ordinary.AssertionOutsideOfSchedules_FailsAsEver");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output, ContainsRegex("child.cc:[0-9]+: Failure[^:]*between schedules"));
}

TEST(SelvageTest, Xml_HasTheSchedulesAsProperties) {
  const std::string file = testing::TempDir() + "selvage_gtest_test.xml";
  const Ran run = RunChild("Passing.FewSchedules", "--gtest_output=xml:" + file);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  std::ifstream stream(file);
  const std::string xml((std::istreambuf_iterator<char>(stream)), {});
  std::filesystem::remove(file);
  EXPECT_THAT(xml, ContainsRegex("name=\"selvage_schedules\" value=\"3\""));
  EXPECT_THAT(xml, ContainsRegex("name=\"selvage_failing\" value=\"0\""));
}

// --- Settings from outside ---

TEST(Settings, OptionsOfTheTest_HoldWithoutOthers) {
  EXPECT_THAT(RunChild("Ordinary.PrintOptions").output,
              HasSubstr("schedules=11 seed=1 strategy=pct budget=0 name=Ordinary.PrintOptions"));
}

TEST(Settings, Environment_OverridesTheOptionsOfTheTest) {
  EXPECT_THAT(RunChild("Ordinary.PrintOptions", "",
                       "SELVAGE_SCHEDULES=77 SELVAGE_SEED=5 SELVAGE_STRATEGY=pos "
                       "SELVAGE_TIME_BUDGET=1m30s")
                  .output,
              HasSubstr("schedules=77 seed=5 strategy=pos budget=90000000000 "));
}

TEST(Settings, Flags_OverrideTheEnvironmentInEitherSpelling) {
  EXPECT_THAT(RunChild("Ordinary.PrintOptions",
                       "--selvage_schedules=8 --selvage-seed=9 --selvage_time_budget=2s",
                       "SELVAGE_SCHEDULES=77 SELVAGE_SEED=5")
                  .output,
              HasSubstr("schedules=8 seed=9 strategy=pct budget=2000000000 "));
}

TEST(Settings, EnvironmentForSchedules_IsWhatIsRun) {
  const Ran run = RunChild("Failing.TwoAssertions", "", "SELVAGE_SCHEDULES=4");
  EXPECT_THAT(run.output, HasSubstr("seen in 4 of 4 schedules"));
}

TEST(Settings, UnknownFlag_IsExitCodeTwoWithASuggestion) {
  const Ran run = RunChild("Passing.*", "--selvage_schedule=5");
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("did you mean --selvage_schedules?"));
}

TEST(Settings, ValueThatCannotBeRead_IsExitCodeTwoNamingFlagAndValue) {
  for (const char* flag : {"--selvage_schedules=many", "--selvage_schedules=0",
                           "--selvage_schedules=-1", "--selvage_seed=", "--selvage_strategy=rand",
                           "--selvage_time_budget=5", "--selvage_time_budget=-5s"}) {
    const Ran run = RunChild("Passing.*", flag);
    EXPECT_EQ(run.exit_code, 2) << flag << "\n" << run.output;
    EXPECT_THAT(run.output, HasSubstr(flag));
  }
}

TEST(Settings, FlagWithoutAValue_IsExitCodeTwo) {
  const Ran run = RunChild("Passing.*", "--selvage_schedules");
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("--selvage_schedules needs a value"));
}

TEST(Settings, EnvironmentThatCannotBeRead_IsExitCodeTwoNamingTheVariable) {
  const Ran run = RunChild("Passing.*", "", "SELVAGE_SCHEDULES=many");
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("SELVAGE_SCHEDULES=many"));
}

TEST(Settings, TokenOfAnotherTest_IsExitCodeTwo) {
  const std::string token = TokenIn(RunChild("Failing.Deadlock").output);
  ASSERT_NE(token, "");
  const Ran run = RunChild("Failing.AssertionInATask", "--selvage_replay=" + token);
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("Failing.AssertionInATask"));
}

TEST(Settings, DamagedToken_IsExitCodeTwo) {
  std::string token = TokenIn(RunChild("Failing.Deadlock").output);
  ASSERT_NE(token, "");
  token.back() = token.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(RunChild("Failing.Deadlock", "--selvage_replay=" + token).exit_code, 2);
  EXPECT_EQ(RunChild("Failing.Deadlock", "--selvage_replay=nonsense").exit_code, 2);
  EXPECT_EQ(RunChild("Failing.Deadlock", "", "SELVAGE_REPLAY=nonsense").exit_code, 2);
}

}  // namespace
}  // namespace selvage
