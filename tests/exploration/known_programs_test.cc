// The default strategy finds what is known to be hard to find.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "selvage/harness/explore.h"
#include "selvage/tests/exploration/programs.h"

namespace selvage::exploration {
namespace {

constexpr std::uint64_t kSeeds = 3;

std::vector<Program> ShortPrograms() {
  std::vector<Program> programs;
  for (const auto& group : {OrderPrograms(), LockPrograms(), QueuePrograms(), LockFreePrograms()}) {
    std::copy_if(group.begin(), group.end(), std::back_inserter(programs),
                 [](const Program& program) { return !program.is_long; });
  }
  return programs;
}

class KnownProgram : public testing::TestWithParam<Program> {};

TEST_P(KnownProgram, FailsWithinTenThousandSchedulesOfTheDefaultStrategy) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Options options;
    options.name = GetParam().name;
    options.seed = seed;
    options.schedules = 10'000;
    options.shrink = false;
    options.lock_order = false;
    options.overridable = false;
    const Result result = Explore(GetParam().body, options);
    EXPECT_EQ(result.error, "");
    ASSERT_EQ(result.findings.size(), 1u) << "seed " << seed << "\n" << result.Text();
    const FindingKind kind = result.findings.front().kind;
    EXPECT_TRUE(kind == FindingKind::kFailedExpectation || kind == FindingKind::kDeadlock)
        << result.Text();
  }
}

std::string NameOf(const testing::TestParamInfo<Program>& info) {
  std::string name;
  for (const char* c = info.param.name; *c != '\0'; ++c) {
    name += std::isalnum(static_cast<unsigned char>(*c)) != 0 ? *c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, KnownProgram, testing::ValuesIn(ShortPrograms()), NameOf);

}  // namespace
}  // namespace selvage::exploration
