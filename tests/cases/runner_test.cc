#include "selvage/cases/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "selvage/harness/explore.h"

namespace selvage::cases {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

void Nothing() {}
void AlwaysFails() { ReportFailure("always"); }

Case CaseOf(Variant variant) {
  return Case{.name = "made_up",
              .documents = {"000"},
              .goes_wrong = "It does.",
              .order_of_events = "None.",
              .why_fixed = "It is not.",
              .variants = {std::move(variant)}};
}

VariantResult RunFirst(const Case& owner) {
  RunOptions options;
  options.schedules = 50;
  return RunVariant(owner, owner.variants.front(), options);
}

TEST(RunVariant, ABugThatAppearsIsAsExpected) {
  const Case owner =
      CaseOf({"buggy", Role::kBuggy, AlwaysFails, {FindingKind::kFailedExpectation}});
  const VariantResult result = RunFirst(owner);
  EXPECT_EQ(result.verdict, Verdict::kAppears) << result.problem;
  EXPECT_EQ(result.failing, 50U);
  EXPECT_EQ(result.first_failure, 1U);
  EXPECT_THAT(result.replay, HasSubstr("selvage-cases --case made_up:buggy --replay sv1-"));
}

TEST(RunVariant, ABugThatDoesNotAppearIsUnexpected) {
  const Case owner = CaseOf({"buggy", Role::kBuggy, Nothing, {FindingKind::kDeadlock}});
  const VariantResult result = RunFirst(owner);
  EXPECT_EQ(result.verdict, Verdict::kUnexpected);
  EXPECT_THAT(result.problem, HasSubstr("expected and not seen"));
  EXPECT_THAT(result.problem, HasSubstr("deadlock"));
}

TEST(RunVariant, AKindThatNobodyExpectsIsUnexpected) {
  const Case owner = CaseOf({"buggy",
                             Role::kBuggy,
                             AlwaysFails,
                             {FindingKind::kDeadlock, FindingKind::kFailedExpectation}});
  EXPECT_EQ(RunFirst(owner).verdict, Verdict::kUnexpected);
  const Case other = CaseOf({"buggy", Role::kBuggy, AlwaysFails, {FindingKind::kMisuse}});
  EXPECT_THAT(RunFirst(other).problem, HasSubstr("not expected: failed expectation: always"));
}

TEST(RunVariant, AFixThatShowsSomethingIsUnexpected) {
  const Case owner = CaseOf({"fixed", Role::kFixed, AlwaysFails, {}});
  EXPECT_EQ(RunFirst(owner).verdict, Verdict::kUnexpected);
}

TEST(RunVariant, ASmallFixIsWalkedCompletely) {
  const Case owner = CaseOf({"fixed", Role::kFixed, Nothing, {}});
  const VariantResult result = RunFirst(owner);
  EXPECT_EQ(result.verdict, Verdict::kClean);
  ASSERT_TRUE(result.walk);
  EXPECT_EQ(result.walk->schedules, 1U);
  EXPECT_EQ(result.walk->preemptions, std::nullopt);
  EXPECT_THAT(result.problem, IsEmpty());
}

TEST(RunVariant, WithoutTsanADataRaceIsNotExpected) {
  const Case owner = CaseOf({"buggy", Role::kBuggy, Nothing, {FindingKind::kDataRace}});
  EXPECT_EQ(RunFirst(owner).verdict, UnderTsan() ? Verdict::kUnexpected : Verdict::kClean);
}

TEST(ReplayVariant, ReproducesAndRefusesTokensOfOthers) {
  const Case owner =
      CaseOf({"buggy", Role::kBuggy, AlwaysFails, {FindingKind::kFailedExpectation}});
  const std::string replay = RunFirst(owner).replay;
  const std::string token = replay.substr(replay.rfind(' ') + 1);
  const Result again = ReplayVariant(owner, owner.variants.front(), token, {});
  EXPECT_TRUE(ReplayIsAsExpected(owner.variants.front(), again)) << again.Text();

  const Case other = CaseOf({"fixed", Role::kFixed, Nothing, {}});
  EXPECT_NE(ReplayVariant(other, other.variants.front(), token, {}).error, "");
}

TEST(RunVariant, QuotesAProgramThatNeedsIt) {
  const Case owner =
      CaseOf({"buggy", Role::kBuggy, AlwaysFails, {FindingKind::kFailedExpectation}});
  RunOptions options;
  options.schedules = 1;
  options.program = "/tmp/it's here/selvage-cases";
  EXPECT_THAT(RunVariant(owner, owner.variants.front(), options).replay,
              testing::StartsWith("'/tmp/it'\\''s here/selvage-cases' --case"));
}

TEST(StrategyError, IsEmptyForAStrategyThatExists) {
  EXPECT_EQ(StrategyError("pct:3"), "");
  EXPECT_THAT(StrategyError("randon"), HasSubstr("random"));
}

}  // namespace
}  // namespace selvage::cases
