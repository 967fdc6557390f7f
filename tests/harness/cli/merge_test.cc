#include "absl/strings/str_replace.h"
#include "selvage/tests/harness/cli/command_test.h"

namespace selvage::cli {
namespace {

using testing::HasSubstr;

class MergeCommandTest : public CommandTest {
 protected:
  MergeCommandTest() {
    WriteFile("forward.json", Report({{"accounts", "journal"}, {}}, "forward"));
    WriteFile("backward.json", Report({{}, {"journal", "accounts"}}, "backward"));
  }
};

TEST_F(MergeCommandTest, CycleOfWhichEachRunSawOneHalf_IsFoundAndMarked) {
  EXPECT_EQ(Run("check forward.json").exit_code, 0);
  EXPECT_EQ(Run("check backward.json").exit_code, 0);
  EXPECT_EQ(Run("merge forward.json backward.json -o merged.json").exit_code, 0);
  const Ran ran = Run("check merged.json");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.output, HasSubstr("FEASIBLE"));
  EXPECT_THAT(ReadFile("merged.json"), HasSubstr("\"merged\":true"));
}

TEST_F(MergeCommandTest, Runs_KeepTheirNames) {
  const std::string merged = Run("merge forward.json backward.json").output;
  EXPECT_THAT(merged, HasSubstr("{\"name\":\"forward\"}"));
  EXPECT_THAT(merged, HasSubstr("{\"name\":\"backward\"}"));
}

TEST_F(MergeCommandTest, OfTheSameReports_IsTheSameBytes) {
  EXPECT_EQ(Run("merge forward.json backward.json").output,
            Run("merge forward.json backward.json").output);
}

TEST_F(MergeCommandTest, InAnyOrder_IsTheSameBytes) {
  EXPECT_EQ(Run("merge forward.json backward.json").output,
            Run("merge backward.json forward.json").output);
  // Also where nothing but the content tells the runs apart.
  WriteFile("a.json", Report({{"accounts", "journal"}, {}}));
  WriteFile("b.json", Report({{}, {"journal", "accounts"}}));
  WriteFile("c.json", Report({{"journal", "cache"}, {"accounts", "cache"}}));
  const std::string merged = Run("merge a.json b.json c.json").output;
  EXPECT_EQ(Run("merge c.json b.json a.json").output, merged);
  EXPECT_EQ(Run("merge b.json a.json c.json").output, merged);
}

TEST_F(MergeCommandTest, RunsOfOneName_AreToldApart) {
  const auto run_of = [this](const char* file, const char* name, const char* run) {
    WriteFile(file, absl::StrReplaceAll(ReadFile(name), {{"\"name\":\"run\"", run}}));
  };
  WriteFile("one.json", Report({{"accounts", "journal"}, {}}));
  WriteFile("two.json", Report({{}, {"journal", "accounts"}}));
  run_of("one.json", "one.json", "\"name\":\"run\",\"program\":\"/bank/run\",\"process\":17");
  run_of("two.json", "two.json", "\"name\":\"run\",\"program\":\"/bank/run\",\"process\":18");
  EXPECT_EQ(Run("merge one.json two.json -o merged.json").exit_code, 0);
  const std::string text = Run("report merged.json").output;
  EXPECT_THAT(text, HasSubstr("seen 1 time, in run, process 17\n"));
  EXPECT_THAT(text, HasSubstr("seen 1 time, in run, process 18\n"));
}

TEST_F(MergeCommandTest, Dash_IsTheStandardInput) {
  EXPECT_EQ(Run("merge - backward.json < forward.json").output,
            Run("merge forward.json backward.json").output);
  const Ran twice = Run("merge - - < forward.json");
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.output, HasSubstr("the standard input, \"-\", is named twice"));
  const Ran bad = Run("merge - < /dev/null");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.output, HasSubstr("the standard input: not a complete JSON text of 0 bytes"));
}

TEST_F(MergeCommandTest, OneUnreadableReport_IsTwoAndNamesIt) {
  const Ran ran = Run("merge forward.json missing.json -o merged.json");
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.output, HasSubstr("cannot open missing.json"));
  EXPECT_FALSE(std::filesystem::exists(directory + "/merged.json"));
}

}  // namespace
}  // namespace selvage::cli
