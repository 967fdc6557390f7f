#include "selvage/harness/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace selvage::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Usage kUsage{.name = "try",
                   .operands = "FILE...",
                   .max_operands = 2,
                   .summary = "tries",
                   .flags = {{"output", "FILE", "where to", 'o'}, {"format", "FORMAT", "how"}}};

absl::StatusOr<Arguments> Parse(std::vector<std::string> arguments, Usage usage = kUsage) {
  return Arguments::Parse(arguments, usage);
}

std::string ErrorOf(std::vector<std::string> arguments) {
  return std::string(Parse(std::move(arguments)).status().message());
}

TEST(Arguments, FlagsAndOperandsMayStandInAnyOrder) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"a", "--output=x", "b"}, {"--output", "x", "a", "b"}, {"a", "b", "-o", "x"}}) {
    const auto parsed = Parse(arguments);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_THAT(parsed->operands(), ElementsAre("a", "b"));
    EXPECT_EQ(parsed->Get("output"), "x");
    EXPECT_EQ(parsed->Get("format"), std::nullopt);
  }
}

TEST(Arguments, UnknownFlagNamesTheNearest) {
  EXPECT_EQ(ErrorOf({"a", "--ouput=x"}), "there is no --ouput; did you mean --output?");
  EXPECT_THAT(ErrorOf({"a", "-output", "x"}), HasSubstr("did you mean --output?"));
  EXPECT_THAT(ErrorOf({"a", "-x"}), HasSubstr("there is no -x"));
}

TEST(Arguments, FlagWithoutValueSaysWhatItNeeds) {
  EXPECT_EQ(ErrorOf({"a", "--output"}), "--output needs a value: --output=FILE");
  EXPECT_EQ(ErrorOf({"a", "--output="}), "--output needs a value: --output=FILE");
}

TEST(Arguments, FlagGivenTwiceIsAnError) {
  EXPECT_EQ(ErrorOf({"a", "-o", "x", "--output=y"}), "--output is given twice");
}

TEST(Arguments, NumberOfOperandsIsChecked) {
  EXPECT_EQ(ErrorOf({}), "needs FILE..., and was given nothing");
  EXPECT_EQ(ErrorOf({"a", "b", "c"}), "takes FILE..., and \"c\" is one too many");
}

TEST(Arguments, AfterTwoDashesNothingIsAFlag) {
  EXPECT_THAT(Parse({"--", "--output", "b"})->operands(), ElementsAre("--output", "b"));
}

TEST(Arguments, AfterTwoDashesACommandIsKeptApart) {
  Usage usage = kUsage;
  usage.rest = Rest::kCommand;
  const auto parsed = Parse({"a", "--", "./test", "--output=x"}, usage);
  EXPECT_THAT(parsed->operands(), ElementsAre("a"));
  EXPECT_THAT(parsed->command(), ElementsAre("./test", "--output=x"));
}

TEST(Arguments, HelpGoesBeforeErrors) { EXPECT_TRUE(Parse({"--help"})->help()); }

TEST(Arguments, HelpNamesEveryFlag) {
  EXPECT_THAT(Help(kUsage), testing::AllOf(HasSubstr("selvage try FILE... [FLAG...]"),
                                           HasSubstr("--output=FILE, -o FILE"),
                                           HasSubstr("--format=FORMAT"), HasSubstr("--help")));
}

}  // namespace
}  // namespace selvage::cli
