// The program as a person and a CI job call it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "selvage/cases/runner.h"
#include "selvage/tests/shell.h"

namespace selvage::cases {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Ran RunCases(const std::string& arguments) {
  return RunInShell(std::string(SELVAGE_CASES_BINARY) + " " + arguments);
}

std::string TokenIn(const std::string& output) {
  const std::size_t begin = output.find("sv1-");
  return begin == std::string::npos
             ? ""
             : output.substr(begin, output.find_first_of(" \n", begin) - begin);
}

TEST(CommandLine, AsExpectedIsZero) {
  const Ran ran = RunCases("--case reentry --schedules 100");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("bug appears"), HasSubstr("2 variants, all as expected")));
}

TEST(CommandLine, NotAsExpectedIsOne) {
  // One schedule of the default strategy does not reach this bug.
  const Ran ran = RunCases("--case semaphore_limit:buggy --schedules 1");
  EXPECT_EQ(ran.exit_code, 1) << ran.output;
  EXPECT_THAT(ran.output,
              AllOf(HasSubstr("UNEXPECTED"), HasSubstr("expected and not seen in 1 schedule: "),
                    HasSubstr("not as expected: 1 of 1 variant\n")));
}

TEST(CommandLine, NoProgressInAPipe) {
  EXPECT_THAT(RunCases("--case counter:fixed --schedules 100").output, Not(HasSubstr("\r")));
}

TEST(CommandLine, WrongNamesAreTwoWithTheNearest) {
  const struct {
    const char* arguments;
    const char* says;
  } kWrong[] = {
      {"--case cuonter", "did you mean \"counter\"?"},
      {"--case counter:bugy", "did you mean \"buggy\"?"},
      {"--strategy randon", "random"},
      {"--shedules 3", "did you mean --schedules?"},
      {"--schedules many", "--schedules can not be \"many\""},
      {"--schedules -1", "--schedules can not be \"-1\""},
      {"--schedules 0", "--schedules must be at least 1"},
      {"--seed", "--seed needs a value"},
      {"counter", "\"counter\" is not a flag"},
      {"--replay sv1-x", "--replay needs one case and variant"},
      {"--case counter --replay sv1-x", "--replay needs one case and variant"},
      {"--json /nonexistent/cases.json", "can not be written"},
      {"--html /nonexistent/index.html", "can not be written"},
  };
  for (const auto& wrong : kWrong) {
    const Ran ran = RunCases(wrong.arguments);
    EXPECT_EQ(ran.exit_code, 2) << wrong.arguments << "\n" << ran.output;
    EXPECT_THAT(ran.output, HasSubstr(wrong.says));
  }
}

TEST(CommandLine, CasesMayBeListedOrRepeated) {
  const std::string listed = RunCases("--list --case counter:fixed,pipeline:buggy").output;
  EXPECT_THAT(listed, AllOf(HasSubstr("counter:fixed"), HasSubstr("pipeline:buggy"),
                            Not(HasSubstr("counter:buggy"))));
  EXPECT_EQ(listed, RunCases("--list --case counter:fixed --case=pipeline:buggy").output);
}

TEST(CommandLine, HelpAndListAreZero) {
  const Ran help = RunCases("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, AllOf(HasSubstr("--strategy"), HasSubstr("(default: 10000)")));
  EXPECT_EQ(RunCases("--list").exit_code, 0);
}

TEST(CommandLine, ACaseAskedForByNameIsToldWithItsStoryAndItsShortestFailure) {
  const Ran ran = RunCases("--case lock_order --schedules 200");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_THAT(ran.output, AllOf(HasSubstr("\nlock_order:buggy\n  what:  "), HasSubstr("deadlock: "),
                                HasSubstr("step  main")));
}

TEST(CommandLine, ReplayOfACrashEndsAsExpected) {
  const std::string token = TokenIn(RunCases("--case use_after_free:buggy --schedules 50").output);
  ASSERT_NE(token, "");
  const Ran again = RunCases("--case use_after_free:buggy --replay " + token);
  EXPECT_EQ(again.exit_code, 0) << again.output;
}

TEST(CommandLine, ReplayShowsTheFindingWithItsTrace) {
  const std::string token = TokenIn(RunCases("--case lock_order:buggy --schedules 200").output);
  ASSERT_NE(token, "");
  const Ran again = RunCases("--case lock_order:buggy --replay " + token);
  EXPECT_EQ(again.exit_code, 0) << again.output;
  EXPECT_THAT(again.output, AllOf(HasSubstr("deadlock: "), HasSubstr("step  main")));
}

TEST(CommandLine, ReplayOfADamagedTokenOrOfAnotherCasesIsTwo) {
  const std::string token = TokenIn(RunCases("--case reentry:buggy --schedules 10").output);
  ASSERT_NE(token, "");
  EXPECT_EQ(RunCases("--case counter:buggy --replay " + token).exit_code, 2);
  std::string damaged = token;
  damaged[6] = damaged[6] == 'A' ? 'B' : 'A';
  EXPECT_EQ(RunCases("--case reentry:buggy --replay " + damaged).exit_code, 2);
}

TEST(CommandLine, JsonIsTheSameForTheSameRun) {
  const std::string path = testing::TempDir() + "selvage_cases_test.json";
  std::string texts[2];
  for (std::string& text : texts) {
    const Ran ran = RunCases("--case condition_lost_notify --schedules 500 --json " + path);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    std::ifstream file(path);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  EXPECT_EQ(texts[0], texts[1]);
  const auto json = nlohmann::json::parse(texts[0]);
  EXPECT_EQ(json["cases"].size(), 2U);
  EXPECT_EQ(json["cases"][0]["verdict"], "appears");
}

TEST(CommandLine, LockOrdersOfAllCasesGoToADirectoryAsJsonTextAndDot) {
  const std::string directory = testing::TempDir() + "selvage_lock_orders";
  const Ran ran = RunCases("--case lock_order --schedules 300 --lock_order_dir " + directory);
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  const auto read = [&](const char* ending) {
    std::ifstream file(directory + "/lock_order" + ending);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_TRUE(
      nlohmann::json::parse(read(".json"), nullptr, /*allow_exceptions=*/false).is_object());
  // The deadlock of the buggy variant is what the graph predicts.
  EXPECT_THAT(read(".txt"), AllOf(HasSubstr("1 CONFIRMED"), testing::Not(HasSubstr("FEASIBLE"))));
  EXPECT_THAT(read(".dot"), testing::HasSubstr("digraph"));
}

TEST(CommandLine, ALockOrderDirectoryThatCanNotBeMadeIsTwo) {
  EXPECT_EQ(RunCases("--case lock_order --lock_order_dir /dev/null/reports").exit_code, 2);
}

TEST(CommandLine, AFullDiskIsTwo) {
  EXPECT_EQ(RunCases("--case reentry --schedules 10 --json /dev/full").exit_code, 2);
}

}  // namespace
}  // namespace selvage::cases
