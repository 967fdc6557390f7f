// Explore() as a program without GoogleTest has it: settings from outside, and commands to copy.

#include "selvage/harness/settings/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "selvage/harness/settings/command_line.h"
#include "selvage/tests/shell.h"

namespace selvage::settings {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Ran RunChild(const std::string& arguments, const std::string& environment = "") {
  return RunInShell("env " + environment + " '" SELVAGE_CHILD "' " + arguments);
}

// The command after "replay: "; empty if there is none.
std::string CommandIn(const std::string& output) {
  std::smatch match;
  return std::regex_search(output, match, std::regex("replay: ([^\n]*)")) ? match[1].str() : "";
}

std::string TokenIn(const std::string& output) {
  std::smatch match;
  return std::regex_search(output, match, std::regex("sv1-[A-Za-z0-9_-]+")) ? match[0].str() : "";
}

TEST(ExploreCommand, CopiedToAShell_ReplaysTheFailure) {
  const Ran found = RunChild("losing");
  ASSERT_EQ(found.exit_code, 1) << found.output;
  const Ran replayed = RunInShell(CommandIn(found.output));
  EXPECT_EQ(replayed.exit_code, 1) << replayed.output;
  EXPECT_THAT(replayed.output,
              AllOf(HasSubstr("expected: counter == 2"), HasSubstr("losing: failed expectation"),
                    HasSubstr("1 schedule, replayed")));
}

TEST(ExploreCommand, OfOneExplorationAmongSeveral_ReplaysThatOneAndSkipsTheOthers) {
  const Ran found = RunChild("nothing losing");
  ASSERT_EQ(found.exit_code, 1) << found.output;
  const Ran replayed = RunInShell(CommandIn(found.output));
  EXPECT_EQ(replayed.exit_code, 1) << replayed.output;
  EXPECT_THAT(replayed.output,
              AllOf(HasSubstr("nothing: not run: the token to be replayed is of another"),
                    HasSubstr("losing: failed expectation"), HasSubstr("1 schedule, replayed")));
}

TEST(ExploreCommand, HasArgumentsAndDirectoriesWithSpacesQuoted) {
  const std::string directory = testing::TempDir() + "/a directory of settings_test";
  const Ran found = RunInShell("mkdir -p '" + directory + "' && cd '" + directory +
                               "' && ln -sf '" SELVAGE_CHILD
                               "' 'the child' && './the child' losing "
                               "'-a b' '-$HOME'; cd / && rm -r '" +
                               directory + "'");
  EXPECT_THAT(
      CommandIn(found.output),
      testing::MatchesRegex("SELVAGE_REPLAY=sv1-[^ ]+ './the child' losing '-a b' '-\\$HOME'"));
}

// As ctest does with WORKING_DIRECTORY: the shell that started it is elsewhere.
TEST(ExploreCommand, OfAProgramStartedInAnotherDirectory_WorksInTheShell) {
  const Ran found = RunInShell("cd / && env --chdir=\"$(dirname '" SELVAGE_CHILD
                               "')\" ./\"$(basename '" SELVAGE_CHILD "')\" losing");
  ASSERT_EQ(found.exit_code, 1) << found.output;
  const Ran replayed = RunInShell("cd / && " + CommandIn(found.output));
  EXPECT_EQ(replayed.exit_code, 1) << replayed.output;
  EXPECT_THAT(replayed.output, HasSubstr("1 schedule, replayed"));
}

TEST(Explore, TokenOfNoExplorationInTheProgram_IsExitCodeTwo) {
  const std::string token = TokenIn(RunChild("losing").output);
  const Ran run = RunChild("nothing", "SELVAGE_REPLAY=" + token);
  EXPECT_EQ(run.exit_code, 2) << run.output;
  EXPECT_THAT(run.output, HasSubstr("of none of the explorations"));
}

TEST(Explore, ReadsFlagsAndVariablesUnlessToldNotTo) {
  EXPECT_THAT(RunChild("nothing", "SELVAGE_SCHEDULES=7").output, HasSubstr("7 schedules,"));
  EXPECT_THAT(RunChild("nothing --selvage_schedules=9", "SELVAGE_SCHEDULES=7").output,
              HasSubstr("9 schedules,"));
  EXPECT_THAT(RunChild("deaf", "SELVAGE_SHEDULES=1").output, HasSubstr("expected: counter == 2"));
}

TEST(Explore, SettingThatCannotBeRead_IsItsError) {
  for (const char* variable : {"SELVAGE_SCHEDULES=many", "SELVAGE_SHEDULES=5"}) {
    const Ran run = RunChild("nothing", variable);
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.output, AllOf(HasSubstr("error: "), HasSubstr("SELVAGE_SCHEDULES")));
  }
}

// While a task holds it, no other is run that would wait for it where no scheduler sees it.
TEST(Explore, TasksWithNativeMutexes_DoNotStopInThem) {
  const Ran run = RunChild("native --selvage_watchdog=3s --selvage_strategy=random");
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_THAT(run.output, AllOf(HasSubstr("200 schedules"), Not(HasSubstr("stuck"))));
}

TEST(ShellWord, IsReadByTheShellAsTheWordItWas) {
  for (const std::string word : {"plain", "", "two words", "it's", "$HOME", "a\"b", "*", "a\\b",
                                 "--filter=Suite.*:-Other", "~", "#", "a;b&c|d"}) {
    EXPECT_EQ(RunInShell("printf %s " + ShellWord(word)).output, word);
  }
}

}  // namespace
}  // namespace selvage::settings
