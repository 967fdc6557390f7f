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
using testing::MatchesRegex;
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

// What follows the name of SELVAGE_TEST's lines, of those that name `what`.
std::string LineWith(const std::string& what, const std::string& output) {
  std::smatch match;
  const std::regex line("\\[  SELVAGE \\] ([^\n]*" + what + "[^\n]*)\n");
  return std::regex_search(output, match, line) ? match[1].str() : "";
}

TEST(SelvageTest, ThatPasses_SaysInOneLineWhatWasExplored) {
  const Ran run = RunChild("Passing.TwoTasks");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(CountOf(run.output, "[  SELVAGE ]"), 1) << run.output;
  EXPECT_THAT(LineWith("", run.output),
              MatchesRegex("1,000 schedules, [0-9,]+ behaviours, the next schedule shows a new one "
                           "with probability [0-9.e-]+; strategy default; [0-9.]+ s"));
}

TEST(SelvageTest, ThatWalksEverySchedule_SaysAll) {
  EXPECT_THAT(LineWith("", RunChild("Passing.ProvenExhaustively").output),
              MatchesRegex("all [0-9,]+ schedules, .* behaviours?; strategy exhaustive; .*"));
}

TEST(SelvageTest, ThatPassesWithAWarning_PrintsIt) {
  const Ran run = RunChild("Passing.Nondeterministic");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(LineWith("warning", run.output),
              HasSubstr("warning: uncontrolled nondeterminism: the same choices gave two"));
}

TEST(SelvageTest, Quiet_SaysNothingOfAPass) {
  for (const char* arguments : {"--selvage_quiet", "--selvage_quiet=true", "--gtest_brief=1"}) {
    const Ran run = RunChild("Passing.Nondeterministic", arguments);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.output, Not(HasSubstr("SELVAGE"))) << arguments;
  }
  EXPECT_THAT(RunChild("Passing.Nondeterministic", "", "SELVAGE_QUIET=1").output,
              Not(HasSubstr("SELVAGE")));
  EXPECT_THAT(
      RunChild("Passing.Nondeterministic", "--selvage_quiet=false", "SELVAGE_QUIET=1").output,
      HasSubstr("SELVAGE"));
}

TEST(SelvageTest, GtestSkipInTheBody_IsASkippedTest) {
  for (const char* name : {"Skipping.InTheBody", "Skipping.InATask", "Skipping.Isolated"}) {
    const Ran run = RunChild(name);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(run.output, AllOf(HasSubstr(std::string("[  SKIPPED ] ") + name),
                                  ContainsRegex("no such device|too early|not in a child"),
                                  Not(HasSubstr("[  SELVAGE ]"))));
  }
}

TEST(SelvageTest, SkipAfterAFailure_IsAFailure) {
  const Ran run = RunChild("Skipping.AfterAFailure");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  EXPECT_THAT(run.output,
              AllOf(HasSubstr("first"), HasSubstr("[  FAILED  ] Skipping.AfterAFailure")));
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

// The command after "replay: ".
std::string CommandIn(const std::string& output) {
  std::smatch match;
  return std::regex_search(output, match, std::regex("replay: ([^\n]*)")) ? match[1].str() : "";
}

TEST(SelvageTest, ReplayCommand_FailsInTheSameWayWhenCopiedToAShell) {
  const Ran run = RunChild("Failing.AssertionInATask");
  const Ran replay = RunInShell(CommandIn(run.output));
  EXPECT_EQ(replay.exit_code, 1) << replay.output;
  EXPECT_EQ(CountOf(replay.output, ": Failure"), 1) << replay.output;
  EXPECT_THAT(replay.output, AllOf(HasSubstr("assertion at child.cc:"), HasSubstr("of 1 schedule"),
                                   HasSubstr(TokenIn(run.output))));
}

// As ctest does with WORKING_DIRECTORY: the shell that started it is elsewhere.
TEST(SelvageTest, ReplayCommand_OfAProgramStartedInAnotherDirectoryWorksInTheShell) {
  const Ran run = RunInShell("cd / && env --chdir=\"$(dirname '" SELVAGE_CHILD
                             "')\" ./\"$(basename '" SELVAGE_CHILD
                             "')\" --gtest_filter=Failing.AssertionInATask");
  ASSERT_EQ(run.exit_code, 1) << run.output;
  const Ran replay = RunInShell("cd / && " + CommandIn(run.output));
  EXPECT_EQ(replay.exit_code, 1) << replay.output;
  EXPECT_THAT(replay.output, HasSubstr("assertion at child.cc:"));
}

TEST(SelvageTest, ReplayCommand_OfADisabledTestRunsIt) {
  const Ran run = RunChild("Failing.DISABLED_Always", "--gtest_also_run_disabled_tests");
  const Ran replay = RunInShell(CommandIn(run.output));
  EXPECT_EQ(replay.exit_code, 1) << replay.output;
  EXPECT_THAT(replay.output, HasSubstr("as ever"));
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

// GoogleTest's report of the tests that match, as text.
std::string ReportOf(const std::string& filter, const std::string& format) {
  const std::string file = testing::TempDir() + "selvage_gtest_test." + format;
  const Ran run = RunChild(filter, "--gtest_output=" + format + ":" + file);
  EXPECT_EQ(run.exit_code, 0) << run.output;
  std::ifstream stream(file);
  const std::string report((std::istreambuf_iterator<char>(stream)), {});
  std::filesystem::remove(file);
  return report;
}

TEST(SelvageTest, Xml_HasWhatWasExploredAsProperties) {
  const std::string xml = ReportOf("Passing.FewSchedules", "xml");
  for (const char* property :
       {"schedules\" value=\"3", "failing\" value=\"0", "exhausted\" value=\"false",
        "behaviours\" value=\"1", "strategy\" value=\"default", "seconds\" value=\"0.",
        "new_behaviour\" value=\"0"}) {
    EXPECT_THAT(xml, HasSubstr(std::string("name=\"selvage_") + property));
  }
  EXPECT_THAT(xml, Not(HasSubstr("selvage_warnings")));
}

TEST(SelvageTest, Json_HasTheWarningsAsAProperty) {
  EXPECT_THAT(ReportOf("Passing.Nondeterministic", "json"),
              HasSubstr("\"selvage_warnings\": \"uncontrolled nondeterminism: "));
}

// --- What a build does not see ---

TEST(Unseen, BuildWithNeitherMemoryPointsNorTsan_SaysSo) {
  for (const char* test : {"KeepsEveryIncrement", "Isolated"}) {
    const Ran run =
        RunInShell("'" SELVAGE_BLIND_CHILD "' --gtest_filter=Counter." + std::string(test));
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_THAT(LineWith("warning", run.output),
                AllOf(HasSubstr("no scheduling point was seen at plain memory in "),
                      HasSubstr("no ThreadSanitizer either: data races pass unseen")))
        << run.output;
  }
}

TEST(Unseen, MarkedVariables_NeedNoWarning) {
  const Ran run = RunInShell("'" SELVAGE_BLIND_CHILD "' --gtest_filter=*WithAMarkedVariable");
  EXPECT_EQ(LineWith("warning", run.output), "");
}

TEST(Unseen, LibraryThatNobodyInstrumented_IsNamed) {
  const Ran run = RunChild("Unseen.Library");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(LineWith("warning", run.output),
              AllOf(HasSubstr("no scheduling point was seen at plain memory in "),
                    HasSubstr("uninstrumented_bank.cc"), Not(HasSubstr("child.cc"))))
      << run.output;
}

TEST(Unseen, InstrumentedCode_NeedsNoWarning) {
  EXPECT_EQ(LineWith("warning", RunChild("Passing.TwoTasks").output), "");
}

TEST(Unseen, InstrumentedCodeThatTouchesNoMemory_IsNotSaidToLackInstrumentation) {
  EXPECT_THAT(RunChild("Passing.LocksOnly").output,
              Not(HasSubstr("give the code under test to selvage_instrument()")));
}

// --- State that is initialised once ---

TEST(LazyInitialisation, IsNoNondeterminism) {
  const Ran run = RunChild("Passing.InitialisedLazily");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, Not(HasSubstr("nondeterminism")));
}

TEST(LazyInitialisation, LetsAWalkBeComplete) {
  const Ran run = RunChild("Passing.WalkedAndInitialisedLazily");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(LineWith("", run.output), MatchesRegex("all [0-9]+ schedules.*")) << run.output;
}

TEST(LazyInitialisation, LeavesTokensThatReplayInAFreshProcess) {
  for (const char* shrink : {"", "--selvage_shrink=false"}) {
    const Ran run = RunChild("Failing.AfterLazyInitialisation", shrink);
    EXPECT_EQ(run.exit_code, 1) << run.output;
    EXPECT_THAT(run.output, Not(HasSubstr("nondeterminism")));
    const Ran replay = RunInShell(CommandIn(run.output));
    EXPECT_EQ(replay.exit_code, 1) << replay.output;
    EXPECT_THAT(replay.output,
                AllOf(HasSubstr("assertion at child.cc:"), Not(HasSubstr("diverged"))));
  }
}

// --- What a body prints ---

constexpr const char* kWays[] = {"printf", "stderr",       "cout",        "cerr",
                                 "clog",   "descriptor 1", "descriptor 2"};

TEST(Output, OfAPassingBody_IsThatOfTheFirstSchedule) {
  for (const char* test : {"Talking.Passes", "Talking.Isolated"}) {
    const Ran run = RunChild(test);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    for (const std::string way : kWays) {
      EXPECT_EQ(CountOf(run.output, way + " says 7\n"), 1) << run.output;
    }
    EXPECT_NE(LineWith("schedules", run.output), "") << run.output;
  }
}

TEST(Output, OfAPassingBody_IsThatOfTheFirstScheduleOfEachRepetition) {
  const Ran run = RunChild("Talking.Passes", "--gtest_repeat=3");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  for (const std::string way : kWays) {
    EXPECT_EQ(CountOf(run.output, way + " says 7\n"), 3) << run.output;
  }
}

TEST(Output, OfAMockThatWarnsOfACall_IsThatOfTheFirstSchedule) {
  const Ran run = RunChild("Talking.Mock");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(CountOf(run.output, "Uninteresting mock function call"), 1) << run.output;
}

TEST(Output, OfAFailingBody_HasTheFailingSchedule) {
  const Ran run = RunChild("Talking.Fails", "--selvage_seed=4");
  EXPECT_EQ(run.exit_code, 1) << run.output;
  for (const std::string way : kWays) {
    EXPECT_GE(CountOf(run.output, way + " says 1\n"), 1) << run.output;
    EXPECT_LE(CountOf(run.output, way + " says "), 2) << run.output;
  }
}

// Also what stdout's buffer had, which an abort() drops.
TEST(Output, OfAScheduleThatEndsTheProcess_IsTold) {
  for (const std::string test : {"Talking.Dies", "Talking.DiesIsolated"}) {
    const Ran run = RunChild(test);
    EXPECT_NE(run.exit_code, 0) << run.output;
    EXPECT_EQ(CountOf(run.output, "  what this schedule has printed:\n"), 1) << run.output;
    for (const std::string way : kWays) {
      EXPECT_EQ(CountOf(run.output, way + " says 1\n"), 1) << run.output;
      EXPECT_LE(CountOf(run.output, way + " says 0\n"), 1) << run.output;
    }
  }
}

TEST(Output, OfAScheduleThatExits_IsToldOnce) {
  const Ran run = RunChild("Talking.ExitsWithSeven");
  EXPECT_EQ(run.exit_code, 7) << run.output;
  for (const std::string way : kWays) {
    EXPECT_EQ(CountOf(run.output, way + " says 1\n"), 1) << run.output;
  }
}

TEST(Output, BetweenSchedulesAndAfterThem_IsSeen) {
  const Ran run = RunChild("Talking.ShowsProgress");
  EXPECT_EQ(CountOf(run.output, "progress"), 4) << run.output;
  EXPECT_EQ(CountOf(run.output, "the body runs"), 1) << run.output;
  EXPECT_EQ(CountOf(run.output, "after the test"), 1) << run.output;
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

TEST(Settings, EveryOption_HasAFlagAndAVariable) {
  const std::string expected =
      "flags=0000100011 steps=30 wakeups=4 stack=300000 watchdog=60000000000";
  EXPECT_THAT(
      RunChild("Ordinary.PrintOptions",
               "--selvage_stop_at_first_failure=false --selvage_shrink=0 "
               "--selvage_find_lock_order_cycles=false --selvage_confirm_cycles=no "
               "--selvage_isolate --selvage_early_timeouts=false --selvage_memory_points=false "
               "--selvage_unwind=f --selvage_blocked_daemons --selvage_fresh_bodies "
               "--selvage_max_steps=30 "
               "--selvage_spurious_wakeups=4 --selvage_stack_size=300000 --selvage_watchdog=1m")
          .output,
      HasSubstr(expected));
  EXPECT_THAT(
      RunChild("Ordinary.PrintOptions", "",
               "SELVAGE_STOP_AT_FIRST_FAILURE=false SELVAGE_SHRINK=false "
               "SELVAGE_FIND_LOCK_ORDER_CYCLES=0 SELVAGE_CONFIRM_CYCLES=0 SELVAGE_ISOLATE=1 "
               "SELVAGE_EARLY_TIMEOUTS=0 SELVAGE_MEMORY_POINTS=0 SELVAGE_UNWIND=0 "
               "SELVAGE_BLOCKED_DAEMONS=1 "
               "SELVAGE_FRESH_BODIES=true SELVAGE_MAX_STEPS=30 SELVAGE_SPURIOUS_WAKEUPS=4 "
               "SELVAGE_STACK_SIZE=300000 SELVAGE_WATCHDOG=1m")
          .output,
      HasSubstr(expected));
}

TEST(Settings, Help_ListsFlagsAndDefaultsAfterThoseOfGoogleTest) {
  const Ran run = RunChild("*", "--help");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, ContainsRegex("--gtest_filter(.|\n)*--selvage_schedules=N\n"
                                        ".*\\(default: 1000\\)"));
  for (const char* flag : {"max_steps=N", "isolate=BOOL", "watchdog=TIME", "stack_size=BYTES",
                           "quiet=BOOL", "baseline=FILE", "lock_order=FILE", "replay=TOKEN"}) {
    EXPECT_THAT(run.output, HasSubstr(std::string("--selvage_") + flag));
  }
  EXPECT_THAT(run.output, HasSubstr("(default: 20s)"));
}

TEST(Settings, MisspeltVariable_IsExitCodeTwoWithASuggestion) {
  for (const char* variable : {"SELVAGE_SCHEDULE", "SELVAGE_schedules", "SELVAGE_SCHEDULES_"}) {
    const Ran run = RunChild("Passing.*", "", std::string(variable) + "=5");
    EXPECT_EQ(run.exit_code, 2) << run.output;
    EXPECT_THAT(run.output, HasSubstr(std::string("there is no variable ") + variable +
                                      "; did you mean SELVAGE_SCHEDULES?"));
  }
}

TEST(Settings, VariablesOfTheBuild_AreLeftAlone) {
  EXPECT_EQ(RunChild("Passing.FewSchedules", "", "SELVAGE_SANITIZE=thread").exit_code, 0);
}

TEST(Settings, FlagWithOneDashOrAnotherSpelling_IsExitCodeTwoWithASuggestion) {
  for (const char* flag : {"-selvage_seed=5", "---selvage_seed=5", "--Selvage_Seed=5",
                           "--selvage_seeds", "-selvage-seed"}) {
    const Ran run = RunChild("Passing.*", flag);
    EXPECT_EQ(run.exit_code, 2) << flag << run.output;
    EXPECT_THAT(run.output, HasSubstr("did you mean --selvage_seed?"));
  }
}

TEST(Settings, ArgumentsOfOthers_AreLeftAlone) {
  EXPECT_EQ(
      RunChild("Passing.FewSchedules", "--selvagery=1 selvage_seed=x -- --selvage_sed=1").exit_code,
      0);
}

TEST(Settings, MisspeltFlag_EndsABinaryOfWhichNoSelvageTestRuns) {
  EXPECT_EQ(RunChild("Ordinary.Nothing", "--selvage_sed=1").exit_code, 2);
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
