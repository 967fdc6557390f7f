// Each bug is found whatever the seed, each fix is silent, and each failure can be seen again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "selvage/cases/runner.h"
#include "selvage/harness/explore.h"
#include "selvage/tests/cases/all_variants.h"

extern "C" {
__attribute__((weak)) void __asan_init();
}

namespace selvage::cases {
namespace {

constexpr std::uint64_t kSeeds = 100;

class BuggyVariant : public testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override {
    const std::vector<FindingKind>& expected = GetParam().variant->expected;
    if (expected == std::vector{FindingKind::kDataRace} && !UnderTsan()) {
      GTEST_SKIP() << "only TSan sees this one";
    }
  }

  Options OptionsFor(std::uint64_t seed) const {
    Options options;
    options.name = ExplorationName(*GetParam().owner, *GetParam().variant);
    options.seed = seed;
    options.isolate = GetParam().owner->isolated();
    options.shrink = false;
    return options;
  }
};

TEST_P(BuggyVariant, IsFoundWithinAThousandSchedulesForEachOfAHundredSeeds) {
  std::vector<std::uint64_t> first_failures;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Result result = Explore(GetParam().variant->body, OptionsFor(seed));
    ASSERT_EQ(result.error, "");
    ASSERT_GT(result.first_failure, 0U) << "seed " << seed;
    for (const Finding& finding : result.findings) {
      ASSERT_THAT(GetParam().variant->expected, testing::Contains(finding.kind)) << result.Text();
    }
    first_failures.push_back(result.first_failure);
  }
  std::sort(first_failures.begin(), first_failures.end());
  RecordProperty("median_first_failure", std::to_string(first_failures[kSeeds / 2]));
  RecordProperty("latest_first_failure", std::to_string(first_failures.back()));
}

TEST_P(BuggyVariant, ShowsTheSameKindWhenItsTokenIsReplayed) {
  Options options = OptionsFor(1);
  options.shrink = true;
  options.stop_at_first_failure = false;
  if (options.isolate) options.schedules = 100;  // each crash takes a process
  const Result explored = Explore(GetParam().variant->body, options);
  bool any = false;
  for (const Finding& finding : explored.findings) {
    if (finding.token.empty()) continue;
    any = true;
    Options replay = OptionsFor(7);
    replay.replay = finding.token;
    const Result replayed = Explore(GetParam().variant->body, replay);
    EXPECT_EQ(replayed.error, "");
    EXPECT_TRUE(replayed.Has(finding.kind)) << finding.summary << "\n" << replayed.Text();
  }
  EXPECT_TRUE(any);
  EXPECT_EQ(explored.nondeterminism, "");
}

INSTANTIATE_TEST_SUITE_P(Cases, BuggyVariant, testing::ValuesIn(VariantsOf(Role::kBuggy)),
                         ParameterName);

// The memory, not only the crash that follows.
TEST(UseAfterFree, IsNamedAsSuchByAddressSanitizer) {
  if (&__asan_init == nullptr) GTEST_SKIP() << "AddressSanitizer is not in this build";
  for (const char* name : {"use_after_free", "daemon_exit", "timer_cancel"}) {
    Options options;
    options.isolate = true;
    options.stop_at_first_failure = false;
    options.schedules = 300;
    const Result result = Explore(FindVariant(*FindCase(name), "buggy")->body, options);
    EXPECT_THAT(result.Text(), testing::HasSubstr("crash: heap-use-after-free: ")) << name;
    EXPECT_THAT(result.Text(), testing::HasSubstr("the memory was released at\n")) << name;
  }
}

class FixedVariant : public testing::TestWithParam<Parameter> {};

TEST_P(FixedVariant, IsSilent) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Options options;
    options.schedules = 2'000;
    options.seed = seed;
    options.isolate = GetParam().owner->isolated();
    const Result result = Explore(GetParam().variant->body, options);
    EXPECT_TRUE(result.ok()) << result.Text();
    EXPECT_EQ(result.nondeterminism, "");
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, FixedVariant, testing::ValuesIn(VariantsOf(Role::kFixed)),
                         ParameterName);

}  // namespace
}  // namespace selvage::cases
