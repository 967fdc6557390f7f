// What all subcommands have in common.
#include "selvage/harness/cli/command.h"
#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::HasSubstr;

class CommandLine : public CommandTest {};

TEST_F(CommandLine, Help_ListsEverySubcommand) {
  const Ran ran = Run("--help");
  EXPECT_EQ(ran.exit_code, 0);
  for (const Command* command : Commands()) {
    EXPECT_THAT(ran.output, HasSubstr("selvage " + command->usage.name + " "));
  }
}

TEST_F(CommandLine, Help_OfEverySubcommandNamesItsFlags) {
  for (const Command* command : Commands()) {
    const Ran ran = Run(command->usage.name + " --help");
    EXPECT_EQ(ran.exit_code, 0);
    for (const Flag& flag : command->usage.flags) {
      EXPECT_THAT(ran.output, HasSubstr("--" + flag.name));
    }
  }
}

TEST_F(CommandLine, NoSubcommand_IsTwo) {
  const Ran ran = Run("");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("a subcommand is missing; selvage --help lists them"));
}

TEST_F(CommandLine, WrongSubcommand_IsTwoWithTheNearest) {
  const Ran ran = Run("chekc report.json");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("there is no subcommand \"chekc\"; did you mean \"check\"?"));
}

TEST_F(CommandLine, WrongSubcommandLikeNone_SuggestsNone) {
  const Ran ran = Run("frobnicate");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.output,
            "selvage: there is no subcommand \"frobnicate\"\n  selvage --help lists them\n");
}

TEST_F(CommandLine, WrongFlag_IsTwoWithTheNearest) {
  const Ran ran = Run("report x.json --fromat=text");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output,
              HasSubstr("selvage report: there is no --fromat; did you mean --format?"));
}

TEST_F(CommandLine, MissingOperand_IsTwoForEverySubcommand) {
  for (const Command* command : Commands()) {
    EXPECT_EQ(Run(command->usage.name).exit_code, 2) << command->usage.name;
  }
}

TEST_F(CommandLine, RecordingInTheEnvironment_DoesNotOverwriteTheReport) {
  WriteFile("report.json", Feasible());
  EXPECT_EQ(Shell("SELVAGE_LOCK_ORDER=report.json " SELVAGE_COMMAND " check report.json").exit_code,
            1);
  EXPECT_EQ(ReadFile("report.json"), Feasible());
}

}  // namespace
}  // namespace selvage::cli
