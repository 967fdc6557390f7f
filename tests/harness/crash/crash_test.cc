// What a test binary says when a schedule ends its process, and that it ends as it would have.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "selvage/harness/tsan/annotations.h"
#include "selvage/tests/shell.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// Runs the child's test, not through a shell of its own that would say how it ended.
Ran RunChild(const std::string& test, const std::string& arguments = "",
             const std::string& environment = "") {
  return RunInShell("exec env -u GTEST_OUTPUT " + environment +
                    " '" SELVAGE_CHILD "' '--gtest_filter=" + test + "' " + arguments);
}

std::string TokenIn(const std::string& output) {
  std::smatch match;
  return std::regex_search(output, match, std::regex("sv1-[A-Za-z0-9_-]+")) ? match[0].str() : "";
}

// What a shell makes of a process that a signal ended; a sanitizer ends it with a code of its own.
bool EndedBy(const Ran& ran, int number) {
  const bool sanitized = tsan::Present() || &__asan_init != nullptr;
  return ran.exit_code == -number || ran.exit_code == 128 + number ||
         (sanitized && ran.exit_code > 0);
}

void ExpectTold(const Ran& ran, const std::string& test, const std::string& how) {
  EXPECT_THAT(ran.output, ContainsRegex("selvage: " + how + " in schedule [0-9]+ of '" + test +
                                        "', in task 'hunter'"));
  EXPECT_THAT(ran.output, HasSubstr("--gtest_filter=" + test + " --selvage_replay=sv1-"));
  EXPECT_THAT(ran.output, HasSubstr("--selvage_isolate"));
  EXPECT_THAT(ran.output, ContainsRegex("step +main +other +hunter"));
}

TEST(Crash, Segv_IsToldWithTestScheduleTraceAndToken) {
  const Ran ran = RunChild("Dying.Segv");
  EXPECT_TRUE(EndedBy(ran, SIGSEGV)) << ran.exit_code;
  ExpectTold(ran, "Dying.Segv", "SIGSEGV");
  EXPECT_THAT(ran.output, ContainsRegex("#0 .*WriteToNull.*crash_child.cc:"));
  EXPECT_THAT(ran.output, HasSubstr("[the process ends]"));
}

TEST(Crash, SignalThatIsSent_IsToldAndEndsTheProcess) {
  const Ran aborted = RunChild("Dying.Abort");
  EXPECT_TRUE(EndedBy(aborted, SIGABRT)) << aborted.exit_code;
  ExpectTold(aborted, "Dying.Abort", "SIGABRT");
  const Ran raised = RunChild("Dying.Raise");
  EXPECT_TRUE(EndedBy(raised, SIGFPE)) << raised.exit_code;
  ExpectTold(raised, "Dying.Raise", "SIGFPE");
}

TEST(Crash, Terminate_IsToldOnceWithItsException) {
  const Ran ran = RunChild("Dying.Terminate");
  EXPECT_TRUE(EndedBy(ran, SIGABRT)) << ran.exit_code;
  ExpectTold(ran, "Dying.Terminate", "std::terminate: std::runtime_error: no network");
  EXPECT_THAT(ran.output, Not(HasSubstr("selvage: SIGABRT")));
}

TEST(Crash, ExitWithZero_FailsTheBinary) {
  const Ran ran = RunChild("Dying.ExitWithZero");
  EXPECT_EQ(ran.exit_code, 3) << ran.output;
  ExpectTold(ran, "Dying.ExitWithZero", "exit\\(0\\)");
}

TEST(Crash, ExitWithAnotherCode_KeepsIt) {
  const Ran ran = RunChild("Dying.ExitWithSeven");
  EXPECT_EQ(ran.exit_code, 7) << ran.output;
  ExpectTold(ran, "Dying.ExitWithSeven", "exit\\(7\\)");
}

TEST(Crash, ExitAtOnceWithZero_FailsTheBinary) {
  for (const auto& [test, how] : {std::pair{"Dying.UnderscoreExit", "_exit"},
                                  {"Dying.CapitalExit", "_Exit"},
                                  {"Dying.QuickExit", "quick_exit"}}) {
    const Ran ran = RunChild(test);
    EXPECT_EQ(ran.exit_code, 3) << ran.output;
    ExpectTold(ran, test, std::string(how) + "\\(0\\)");
  }
  const Ran seven = RunChild("Dying.UnderscoreExitWithSeven");
  EXPECT_EQ(seven.exit_code, 7) << seven.output;
  ExpectTold(seven, "Dying.UnderscoreExitWithSeven", "_exit\\(7\\)");
}

// The other program would end with its own exit code, and the test would be taken for a success.
TEST(Crash, ExecOfAnotherProgram_FailsTheBinaryInsteadOfReplacingIt) {
  for (const auto& [test, how] :
       {std::pair{"Dying.Exec", "execl"}, {"Dying.ExecInPath", "execvp"}}) {
    const Ran ran = RunChild(test);
    EXPECT_EQ(ran.exit_code, 3) << ran.output;
    ExpectTold(ran, test, std::string(how) + "\\(\\)");
  }
}

TEST(Crash, ExecThatFailsOrIsInAChildProcess_IsNoEnd) {
  for (const char* test : {"Living.ExecOfWhatIsNotThere", "Living.ExecInAChildProcess"}) {
    const Ran ran = RunChild(test);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
  }
}

TEST(Crash, StackOverflow_IsNamedWithTheOptionThatHelps) {
  if (&__asan_init != nullptr) GTEST_SKIP() << "AddressSanitizer's frames are its own matter";
  for (const std::string test : {"Dying.Recursion", "Dying.LargeLocal"}) {
    const Ran ran = RunChild(test);
    EXPECT_TRUE(EndedBy(ran, SIGSEGV)) << ran.exit_code;
    ExpectTold(ran, test, "SIGSEGV, a stack overflow,");
    EXPECT_THAT(ran.output, HasSubstr("has 262144 bytes; Options::stack_size"));
  }
}

TEST(Crash, FindingsBeforeIt_AreToldWithTheirTokens) {
  const Ran ran = RunChild("Dying.AfterAFinding");
  ExpectTold(ran, "Dying.AfterAFinding", "SIGSEGV");
  EXPECT_THAT(ran.output, ContainsRegex("found before: failed expectation: assertion at "
                                        "crash_child.cc:[0-9]+\n +replay: .*sv1-"));
  EXPECT_THAT(ran.output, HasSubstr("seen in the same schedule: failed expectation"));
}

TEST(Crash, ThreadThatIsNoTask_IsToldWithTheScheduleThatRan) {
  const Ran ran = RunChild("Dying.InAnOrdinaryThread");
  EXPECT_TRUE(EndedBy(ran, SIGSEGV)) << ran.exit_code;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("SIGSEGV in schedule 1 of 'Dying.InAnOrdinaryThread', in "
                                          "a thread that is no task of it"),
                                HasSubstr("sv1-")));
}

TEST(Crash, Token_ReplaysTheCrashUnderIsolateAndWithout) {
  const std::string replay = "--selvage_replay=" + TokenIn(RunChild("Dying.Segv").output);
  const Ran here = RunChild("Dying.Segv", replay);
  EXPECT_TRUE(EndedBy(here, SIGSEGV)) << here.output;
  EXPECT_THAT(here.output, HasSubstr("SIGSEGV in schedule 1 of"));
  const Ran isolated = RunChild("Dying.Segv", replay + " --selvage_isolate=true");
  EXPECT_EQ(isolated.exit_code, 1) << isolated.output;
  EXPECT_THAT(isolated.output, HasSubstr("crash: SIGSEGV in "));
}

TEST(Crash, HandlerOfTheProgram_IsCalledAndWhatItDoesIsTold) {
  for (const std::string environment : {"", "ABORT=1"}) {
    const Ran ran = RunChild("Dying.WithAHandlerOfTheProgram", "", environment);
    EXPECT_EQ(ran.exit_code, environment.empty() ? 42 : 43) << ran.output;
    EXPECT_THAT(ran.output,
                ContainsRegex("selvage: SIG(SEGV|ABRT), then _exit.4[23]. in schedule"));
    EXPECT_THAT(ran.output, HasSubstr("the program's own handler"));
  }
}

TEST(Crash, FaultThatTheProgramRepairs_IsNoCrash) {
  for (const std::string environment : {"", "SELVAGE_ISOLATE=1"}) {
    const Ran ran = RunChild("Living.HandlerThat*", "", environment);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    EXPECT_THAT(ran.output, Not(HasSubstr("SIGSEGV")));
  }
}

TEST(Crash, FaultThatTheProgramsHandlerDoesNotRepair_IsTold) {
  for (const std::string test :
       {"Dying.BesideAHandlerThatRepairs", "Dying.InTheSecondFaultOfAHandlerForOne"}) {
    const Ran ran = RunChild(test);
    EXPECT_TRUE(EndedBy(ran, SIGSEGV)) << ran.exit_code;
    ExpectTold(ran, test, "SIGSEGV");
    EXPECT_THAT(RunChild(test, "", "SELVAGE_ISOLATE=1").output, HasSubstr("crash: SIGSEGV in "));
  }
}

TEST(Crash, ProcessesThatABodyForks_LeaveNoFiles) {
  const auto directory = std::filesystem::path(testing::TempDir()) / "empty";
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  const Ran ran = RunInShell("cd '" + directory.string() + "' && exec env -u GTEST_OUTPUT '" +
                             SELVAGE_CHILD + "' --gtest_filter=Living.DeathTestsInABody");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(std::filesystem::is_empty(directory))
      << *std::filesystem::directory_iterator(directory);
}

TEST(Crash, HandlersAndDeathTests_AreAsWithoutExploration) {
  const Ran ran = RunChild("Living.*");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
}

std::string XmlOf(const std::string& test, Ran& ran, const std::string& environment = "") {
  const auto path = std::filesystem::path(testing::TempDir()) / (test + ".xml");
  std::filesystem::remove(path);
  ran = RunChild("Interrupted.*:Passing.*", "'--gtest_output=xml:" + path.string() + "'",
                 environment);
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Interruption, TermAndInt_PrintWhatWasFoundAndWriteTheXml) {
  for (const std::string environment : {"", "SIGNAL=INT"}) {
    Ran ran;
    const std::string xml = XmlOf("interrupted", ran, environment);
    const int number = environment.empty() ? SIGTERM : SIGINT;
    EXPECT_TRUE(ran.exit_code == -number || ran.exit_code == 128 + number) << ran.exit_code;
    EXPECT_THAT(ran.output,
                HasSubstr(environment.empty() ? "interrupted by SIGTERM after 19 schedules"
                                              : "interrupted by SIGINT after 19 schedules"));
    EXPECT_THAT(ran.output, AllOf(HasSubstr("found before the signal"), HasSubstr("sv1-"),
                                  Not(HasSubstr("the test after it"))));
    EXPECT_THAT(xml, AllOf(HasSubstr("found before the signal"), HasSubstr("sv1-"),
                           HasSubstr("IsNotRunAnyMore")));
  }
}

TEST(Interruption, Isolated_PrintsWhatWasFound) {
  Ran ran;
  const std::string xml = XmlOf("isolated", ran, "SELVAGE_ISOLATE=1");
  EXPECT_TRUE(ran.exit_code == -SIGTERM || ran.exit_code == 128 + SIGTERM) << ran.exit_code;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("interrupted by SIGTERM"),
                                HasSubstr("found before the signal"), HasSubstr("sv1-")));
  EXPECT_THAT(xml, HasSubstr("found before the signal"));
}

TEST(Interruption, ExploreAlone_PrintsWhatWasFoundAndEndsByTheSignal) {
  const Ran ran = RunChild("InterruptedAlone.Explore");
  EXPECT_TRUE(ran.exit_code == -SIGTERM || ran.exit_code == 128 + SIGTERM) << ran.exit_code;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("interrupted by SIGTERM after 19 schedules"),
                                HasSubstr("schedules != 10"), HasSubstr("sv1-"),
                                Not(HasSubstr("after Explore"))));
}

}  // namespace
}  // namespace selvage
