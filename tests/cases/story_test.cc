#include "selvage/cases/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "selvage/cases/registry.h"

namespace selvage::cases {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Finding DataRace(const char* summary) {
  Finding finding;
  finding.kind = FindingKind::kDataRace;
  finding.summary = summary;
  finding.trace = "  step  main\n";
  finding.replay = "again sv1-x";
  return finding;
}

TEST(Story, HasTheThreeSentencesAndTheTraceOfTheFirstFindingOfAKind) {
  VariantResult result;
  result.owner = FindCase("counter");
  result.variant = FindVariant(*result.owner, "buggy");
  result.findings = {DataRace("shortest"), DataRace("another")};
  const std::string story = StoryText(result);
  EXPECT_THAT(story, AllOf(HasSubstr("counter:buggy\n  what:  "), HasSubstr("\n  order: "),
                           HasSubstr("\n  fixed: "), HasSubstr("data race: shortest\n"),
                           HasSubstr("step  main\n"), HasSubstr("replay: again sv1-x\n"),
                           Not(HasSubstr("another"))));
}

}  // namespace
}  // namespace selvage::cases
