// Programs that know nothing of the harness, under its schedules.

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploring.h"
#include "selvage/tests/harness/interpose/program.h"

namespace selvage {
namespace {

class UnmodifiedProgram : public testing::TestWithParam<Program> {};
class FaultyProgram : public testing::TestWithParam<Program> {};

std::vector<Program> Faulty(std::vector<Program> programs) {
  programs.erase(std::remove_if(programs.begin(), programs.end(),
                                [](const Program& program) { return !program.fault; }),
                 programs.end());
  return programs;
}

TEST_P(UnmodifiedProgram, IsFoundToBeWhatItIs) {
  const Program& program = GetParam();
  Options options;
  options.name = program.name;
  options.schedules = 500;
  const Result result = Explore(program.body, options);
  if (!program.fault) {
    EXPECT_TRUE(result.ok()) << result.Text();
    EXPECT_EQ(result.nondeterminism, "");
  } else {
    EXPECT_TRUE(OnlyFinding(result, *program.fault, program.words)) << result.Text();
  }
}

TEST_P(FaultyProgram, FailsAgainByItsToken) {
  const Program& program = GetParam();
  Options options;
  options.name = program.name;
  options.schedules = 500;
  const Result first = Explore(program.body, options);
  ASSERT_FALSE(first.findings.empty()) << first.Text();
  options.replay = first.findings[0].token;
  const Result again = Explore(program.body, options);
  EXPECT_TRUE(OnlyFinding(again, *program.fault, program.words)) << again.Text();
}

const auto kNameOf = [](const testing::TestParamInfo<Program>& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(StandardLibrary, UnmodifiedProgram,
                         testing::ValuesIn(StandardLibraryPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(Posix, UnmodifiedProgram, testing::ValuesIn(PosixPrograms()), kNameOf);
INSTANTIATE_TEST_SUITE_P(StandardLibrary, FaultyProgram,
                         testing::ValuesIn(Faulty(StandardLibraryPrograms())), kNameOf);
INSTANTIATE_TEST_SUITE_P(Posix, FaultyProgram, testing::ValuesIn(Faulty(PosixPrograms())), kNameOf);

}  // namespace
}  // namespace selvage
